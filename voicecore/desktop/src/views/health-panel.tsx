// How the call sounds, in plain words first and in figures after.

import { Paper, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Quality, Verdict } from "../health/quality";
import { activeLine } from "../phone/views";
import { useWatched } from "../store";
import { useDesktop } from "./app";
import { Icon, type IconName } from "./icon";

const ICONS: Readonly<Record<Verdict, IconName>> = {
  good: "check",
  fair: "dots",
  poor: "warning",
  silent: "warning",
};

export function HealthPanel() {
  const { t } = useTranslation();
  const desktop = useDesktop();
  const phone = useWatched(desktop.phone);
  const quality = useWatched(desktop.quality);
  if (activeLine(phone)?.state !== "in-call") return null;
  return (
    <Paper p="md" withBorder component="section" aria-labelledby="health">
      <Stack gap="xs">
        <Title order={2} size="h4" id="health">
          {t("health.title")}
        </Title>
        {quality === null ? <Text size="sm">{t("health.waiting")}</Text> : <Figures quality={quality} />}
      </Stack>
    </Paper>
  );
}

function Figures({ quality }: { readonly quality: Quality }) {
  const { t, i18n } = useTranslation();
  const shown = (value: number, digits: number) =>
    new Intl.NumberFormat(i18n.language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(value);
  const ms = (value: number) => t("health.ms", { value: shown(value, 0) });
  const percent = (share: number) => t("health.percent", { value: shown(share * 100, 1) });
  const rows: readonly (readonly [string, string])[] = [
    [
      t("health.loss"),
      `${percent(quality.loss)} / ${quality.lostThere === null ? "–" : percent(quality.lostThere)}`,
    ],
    [t("health.jitter"), ms(quality.jitterMs)],
    [t("health.mos"), shown(quality.mos, 1)],
    [t("health.roundTrip"), quality.roundTripMs === null ? "–" : ms(quality.roundTripMs)],
    [t("health.codec"), quality.codec],
  ];
  return (
    <>
      <Text className={`with-icon tone-${quality.verdict}`} fw={700}>
        <Icon name={ICONS[quality.verdict]} />
        {t(`health.${quality.verdict}`)}
      </Text>
      <Text size="sm">{t(`health.${quality.verdict}-words`)}</Text>
      <dl className="figures">
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: "contents" }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
