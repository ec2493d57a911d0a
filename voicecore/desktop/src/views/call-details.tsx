// One call: its parties and their quality, what happened, its recordings and its SIP ladder.

import { Button, Group, Paper, Stack, Table, Text, Title } from "@mantine/core";
import { lazy, Suspense, useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CallDetail, CallLeg } from "../wire/call";
import { useDesktop } from "./app";
import { clock, partyOf } from "./format";
import { Icon } from "./icon";
import { LadderList } from "./ladder-list";
import { useLoaded } from "./use-loaded";

// wavesurfer.js comes with it: only who opens a recording loads it.
const RecordingPlayer = lazy(() => import("./recording-player"));

export function CallDetails({ id, close }: { readonly id: string; readonly close: () => void }) {
  const { t } = useTranslation();
  const { api } = useDesktop();
  const detail = useLoaded(useCallback(() => api.call(id), [api, id]));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <Paper p="md" withBorder component="section" aria-labelledby="detail">
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4" id="detail" ref={heading} tabIndex={-1}>
            {detail.kind === "there"
              ? `${partyOf(detail.value.from)} → ${partyOf(detail.value.to)}`
              : t("detail.loading")}
          </Title>
          <Button variant="default" leftSection={<Icon name="cross" />} onClick={close}>
            {t("detail.close")}
          </Button>
        </Group>
        {detail.kind === "failed" && <Text role="alert">{t("detail.failed")}</Text>}
        {detail.kind === "there" && <Known call={detail.value} />}
      </Stack>
    </Paper>
  );
}

function Known({ call }: { readonly call: CallDetail }) {
  const { t, i18n } = useTranslation();
  return (
    <>
      <Text size="sm">{clock(call.startedAt, i18n.language)}</Text>
      {call.recorded.map((recording, index) => (
        <Suspense key={recording.id} fallback={<Text size="sm">{t("detail.loading")}</Text>}>
          <RecordingPlayer call={call.id} recording={recording} index={index + 1} />
        </Suspense>
      ))}
      {call.legs.length > 0 && <Legs legs={call.legs} />}
      {call.journal.length > 0 && (
        <details>
          <summary>{t("detail.journal")}</summary>
          <ol>
            {call.journal.map((entry, index) => (
              <li key={index}>
                {clock(entry.at, i18n.language)} {t(`step.${entry.kind}`, { defaultValue: entry.kind })}{" "}
                {entry.detail}
              </li>
            ))}
          </ol>
        </details>
      )}
      <LadderList call={call.id} />
    </>
  );
}

function Legs({ legs }: { readonly legs: readonly CallLeg[] }) {
  const { t, i18n } = useTranslation();
  const shown = (value: number | null, digits: number) =>
    value === null
      ? "–"
      : new Intl.NumberFormat(i18n.language, { maximumFractionDigits: digits }).format(value);
  return (
    <div className="wide-table">
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("detail.party")}</Table.Th>
            <Table.Th>{t("detail.codec")}</Table.Th>
            <Table.Th>{t("health.loss")}</Table.Th>
            <Table.Th>{t("health.jitter")}</Table.Th>
            <Table.Th>{t("health.mos")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {legs.map((leg) => (
            <Table.Tr key={leg.id}>
              <Table.Td>{partyOf(leg.party)}</Table.Td>
              <Table.Td>{leg.codec ?? "–"}</Table.Td>
              <Table.Td>
                {leg.loss === null ? "–" : t("health.percent", { value: shown(leg.loss * 100, 1) })}
              </Table.Td>
              <Table.Td>
                {leg.jitterMs === null ? "–" : t("health.ms", { value: shown(leg.jitterMs, 0) })}
              </Table.Td>
              <Table.Td>{shown(leg.mos, 1)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
