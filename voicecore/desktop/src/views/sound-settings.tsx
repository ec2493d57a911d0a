// Which devices are used, how loud the microphone is, and a tone to hear.

import { Button, Group, NativeSelect, Paper, Stack, Switch, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Device, DeviceUse } from "../audio/devices";
import { useWatched } from "../store";
import { useDesktop } from "./app";
import { Icon } from "./icon";

const USES: readonly DeviceUse[] = ["microphone", "speaker", "ringer"];

export function SoundSettings() {
  const { t } = useTranslation();
  const { sound } = useDesktop();
  const { cleanUp } = useWatched(sound.choices);
  const [tries, setTries] = useState(false);
  return (
    <Paper p="md" withBorder component="section" aria-labelledby="sound">
      <Stack gap="sm">
        <Title order={2} size="h4" id="sound">
          {t("sound.title")}
        </Title>
        {USES.map((use) => (
          <DeviceChoice key={use} use={use} />
        ))}
        <Switch
          checked={cleanUp}
          label={t("sound.cleanUp")}
          description={t("sound.cleanUpHint")}
          onChange={({ currentTarget }) => sound.choose({ cleanUp: currentTarget.checked })}
        />
        {tries && <Level />}
        <Group>
          <Button
            variant="default"
            aria-pressed={tries}
            leftSection={<Icon name="microphone" />}
            onClick={() => setTries(!tries)}
          >
            {t(tries ? "sound.stop" : "sound.test")}
          </Button>
          <Button variant="default" leftSection={<Icon name="play" />} onClick={sound.testTone}>
            {t("sound.tone")}
          </Button>
        </Group>
      </Stack>
    </Paper>
  );
}

function DeviceChoice({ use }: { readonly use: DeviceUse }) {
  const { t } = useTranslation();
  const { sound } = useDesktop();
  const choices = useWatched(sound.choices);
  const [devices, setDevices] = useState<readonly Device[]>([]);
  const refresh = () => void sound.devices(use).then(setDevices);
  useEffect(() => void sound.devices(use).then(setDevices), [sound, use]);
  return (
    <NativeSelect
      label={t(`sound.${use}`)}
      value={choices[use]}
      onFocus={refresh}
      onChange={({ currentTarget }) => sound.choose({ [use]: currentTarget.value })}
      data={[
        { value: "", label: t("sound.default") },
        ...devices.map(({ id, name }, index) => ({
          value: id,
          label: name === "" ? t("sound.unnamed", { index: index + 1 }) : name,
        })),
      ]}
    />
  );
}

function Level() {
  const { t } = useTranslation();
  const { sound } = useDesktop();
  const [level, setLevel] = useState(0);
  useEffect(() => sound.watchLevel(setLevel), [sound]);
  return (
    <div>
      <Text size="sm" id="level">
        {t("sound.level")}
      </Text>
      <meter
        className="meter"
        aria-labelledby="level"
        min={0}
        max={1}
        low={0.2}
        high={0.9}
        optimum={0.6}
        value={level}
      />
    </div>
  );
}
