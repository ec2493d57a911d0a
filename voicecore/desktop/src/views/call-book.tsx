// Recent calls, kept fresh by the server's events; one of them in detail.

import { Button, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useWatched } from "../store";
import type { CallSummary } from "../wire/call";
import { useDesktop } from "./app";
import { CallDetails } from "./call-details";
import { clock, length, partyOf } from "./format";
import { Icon } from "./icon";

export function CallBook() {
  const { t } = useTranslation();
  const desktop = useDesktop();
  const { calls, next } = useWatched(desktop.recent);
  const fresh = useWatched(desktop.eventsArrive);
  const [open, setOpen] = useState<string | null>(null);
  return (
    <>
      {open !== null && <CallDetails key={open} id={open} close={() => setOpen(null)} />}
      <Paper p="md" withBorder component="section" aria-labelledby="recent">
        <Stack gap="sm">
          <Title order={2} size="h4" id="recent">
            {t("recent.title")}
          </Title>
          {!fresh && (
            <Text size="sm" className="with-icon tone-wrong" role="note">
              <Icon name="warning" />
              {t("recent.stale")}
            </Text>
          )}
          {calls.length === 0 ? (
            <Text size="sm">{t("recent.none")}</Text>
          ) : (
            <Rows calls={calls} open={setOpen} />
          )}
          {next !== null && (
            <Button variant="default" onClick={desktop.older}>
              {t("recent.older")}
            </Button>
          )}
        </Stack>
      </Paper>
    </>
  );
}

const COLUMNS = ["when", "from", "to", "length", "outcome"] as const;

function Rows({
  calls,
  open,
}: {
  readonly calls: readonly CallSummary[];
  readonly open: (id: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <div className="wide-table">
      <Table>
        <Table.Thead>
          <Table.Tr>
            {COLUMNS.map((column) => (
              <Table.Th key={column}>{t(`recent.${column}`)}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {calls.map((call) => (
            <Row key={call.id} call={call} open={open} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ call, open }: { readonly call: CallSummary; readonly open: (id: string) => void }) {
  const { t, i18n } = useTranslation();
  const [from, to] = [partyOf(call.from), partyOf(call.to)];
  // What a newer server says is shown as it says it.
  const outcome = call.outcome === null ? "" : t(`outcome.${call.outcome}`, { defaultValue: call.outcome });
  const when = clock(call.startedAt, i18n.language);
  return (
    <Table.Tr>
      <Table.Td>
        <button
          type="button"
          className="link"
          aria-label={t("recent.details", { from, to, when })}
          onClick={() => open(call.id)}
        >
          {when}
        </button>
      </Table.Td>
      <Table.Td>{from}</Table.Td>
      <Table.Td>{to}</Table.Td>
      <Table.Td>{call.durationS === null ? "" : length(call.durationS)}</Table.Td>
      <Table.Td>
        <span className="with-icon">
          {call.isActive && <Icon name="handset" />}
          {call.isActive ? t("recent.active") : outcome}
          {call.recordings > 0 && (
            <span className="with-icon">
              <Icon name="tape" />
              {t("recent.recorded")}
            </span>
          )}
        </span>
      </Table.Td>
    </Table.Tr>
  );
}
