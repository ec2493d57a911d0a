// The phone: status, lines, number, dial pad and the buttons of a call.

import { Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Key } from "../phone/phone";
import { canSendKeys } from "../phone/views";
import { useWatched } from "../store";
import { useDesktop } from "./app";
import { CallButtons } from "./call-buttons";
import { ConnectionNote } from "./connection-note";
import { DialPad } from "./dial-pad";
import { Lines } from "./lines";
import { NotesField } from "./notes-field";
import { NumberField } from "./number-field";
import { PhoneStatus } from "./phone-status";
import { Troubles } from "./troubles";

export function PhonePanel() {
  const { t } = useTranslation();
  const desktop = useDesktop();
  const phone = useWatched(desktop.phone);
  const site = useWatched(desktop.site);
  const [number, setNumber] = useState("");
  const account = site.kind === "open" ? site.account : null;

  const dial = () => {
    desktop.dial(number.trim());
    setNumber("");
  };
  const press = (key: Key) => {
    if (canSendKeys(phone)) desktop.tell({ kind: "key", key });
    else setNumber((typed) => typed + key);
  };
  return (
    <Paper p="md" withBorder component="section" aria-labelledby="phone">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" id="phone">
            {t("phone.title")}
          </Title>
          <PhoneStatus phone={phone} />
        </Group>
        <ConnectionNote connection={phone.connection} />
        <Troubles troubles={phone.troubles} />
        <Lines phone={phone} />
        <NumberField number={number} setNumber={setNumber} dial={dial} />
        <CallButtons phone={phone} number={number} dial={dial} clear={() => setNumber("")} />
        <DialPad press={press} />
        <NotesField phone={phone} />
        {account !== null && (
          <Text size="sm" c="dimmed">
            {t("phone.reachable", { account })}
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
