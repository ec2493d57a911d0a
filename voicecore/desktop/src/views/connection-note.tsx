// Says in words when the phone is cut off, and what to do.

import { Alert, Button, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Connection } from "../phone/phone";
import { useDesktop } from "./app";
import { Icon } from "./icon";

export function ConnectionNote({ connection }: { readonly connection: Connection }) {
  const { t } = useTranslation();
  const { takeOver } = useDesktop();
  if (connection === "registered" || connection === "connecting") return null;
  return (
    <Alert variant="outline" color="gray" role="alert" icon={<Icon name="warning" />}>
      <Stack gap="xs" align="start">
        <Text size="sm">{t(`connection.${connection}`)}</Text>
        {connection === "elsewhere" && <Button onClick={takeOver}>{t("connection.takeOver")}</Button>}
      </Stack>
    </Alert>
  );
}
