// The calls that there are: who, what, how long; and how the last one ended.

import { Button, Group, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Line, Phone } from "../phone/phone";
import { activeLine, lineStatus } from "../phone/views";
import { useDesktop } from "./app";
import { Icon } from "./icon";

export function Lines({ phone }: { readonly phone: Phone }) {
  const { t } = useTranslation();
  if (phone.lines.length === 0)
    return phone.lastEnd === null ? null : (
      <Text size="sm" role="note">
        {t(`end.${phone.lastEnd.cause}`, { party: phone.lastEnd.party })}
      </Text>
    );
  return phone.lines.map((line) => <LineCard key={line.id} line={line} phone={phone} />);
}

function LineCard({ line, phone }: { readonly line: Line; readonly phone: Phone }) {
  const { t } = useTranslation();
  const { tell } = useDesktop();
  const isRinging = line.state === "ringing";
  const party = line.party === "" ? t("line.unknown") : line.party;
  const words = isRinging ? "incoming" : line.state === "calling" ? "outgoing" : "with";
  return (
    <div className="line" data-active={line.id === phone.active} role={isRinging ? "alert" : undefined}>
      <Group justify="space-between" wrap="nowrap">
        <Text fw={600}>{t(`line.${words}`, { party })}</Text>
        <Text size="sm" ff="monospace">
          {line.since === null ? "" : <Elapsed since={line.since} />}
        </Text>
      </Group>
      <Text size="sm">
        {line.transfer === "asked" ? t("line.transferring") : t(`status.${lineStatus(line)}`)}
        {phone.muted && line.id === phone.active ? ` · ${t("line.muted")}` : ""}
      </Text>
      {line.keys !== "" && <Text size="sm">{t("phone.sent", { keys: line.keys })}</Text>}
      {isRinging && activeLine(phone) !== null && (
        <Button
          size="xs"
          color="red"
          leftSection={<Icon name="cross" />}
          onClick={() => tell({ kind: "hang-up", line: line.id })}
        >
          {t("phone.reject")}
        </Button>
      )}
    </div>
  );
}

function Elapsed({ since }: { readonly since: number }) {
  const { now } = useDesktop();
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 1000);
    return () => clearInterval(timer);
  }, [now]);
  const seconds = Math.max(Math.floor((at - since) / 1000), 0);
  return (
    <span aria-hidden="true">{`${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`}</span>
  );
}
