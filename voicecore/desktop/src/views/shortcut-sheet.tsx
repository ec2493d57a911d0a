// Which keys do what, and the switch for all of them.

import { Kbd, Paper, Stack, Switch, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { SHORTCUTS } from "./shortcuts";

export function ShortcutSheet({
  on,
  setOn,
}: {
  readonly on: boolean;
  readonly setOn: (on: boolean) => void;
}) {
  const { t } = useTranslation();
  return (
    <Paper p="md" withBorder component="section" aria-labelledby="keys">
      <Stack gap="sm">
        <Title order={2} size="h4" id="keys">
          {t("keys.title")}
        </Title>
        <Switch
          checked={on}
          label={t("keys.on")}
          onChange={({ currentTarget }) => setOn(currentTarget.checked)}
        />
        <dl className="figures">
          {SHORTCUTS.map(({ name, shown }) => (
            <div key={name} style={{ display: "contents" }}>
              <dt>
                <Kbd>{`Ctrl + Shift + ${shown}`}</Kbd>
              </dt>
              <dd>{t(`keys.${name}`)}</dd>
            </div>
          ))}
        </dl>
      </Stack>
    </Paper>
  );
}
