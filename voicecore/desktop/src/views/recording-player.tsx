// A recording: its waveform by the server's peaks, and playback of both channels or of one.

import { Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import WaveSurfer from "wavesurfer.js";
import { ChannelSwitch, type Channels } from "../audio/channel-switch";
import type { Mark, Peaks, Recording } from "../wire/call";
import { useDesktop } from "./app";
import { length } from "./format";
import { Icon } from "./icon";
import { useLoaded } from "./use-loaded";

const POINTS = 800;
const CHANNELS: readonly Channels[] = ["both", "left", "right"];
const HEIGHT = 64;

interface Props {
  readonly call: string;
  readonly recording: Recording;
  readonly index: number;
}

export default function RecordingPlayer({ call, recording, index }: Props) {
  const { t } = useTranslation();
  const { api } = useDesktop();
  const peaks = useLoaded(
    useCallback(() => api.peaks(call, recording.id, POINTS), [api, call, recording.id]),
  );
  return (
    <section aria-label={t("detail.recording", { index })}>
      <Title order={3} size="h5">
        {t("detail.recording", { index })}
      </Title>
      {peaks.kind === "there" ? (
        <Player url={api.recordingUrl(call, recording.id)} peaks={peaks.value} marks={recording.marks} />
      ) : (
        <Text size="sm">{t(`detail.${peaks.kind}`)}</Text>
      )}
    </section>
  );
}

interface PlayerProps {
  readonly url: string;
  readonly peaks: Peaks;
  readonly marks: readonly Mark[];
}

function Player({ url, peaks, marks }: PlayerProps) {
  const { t } = useTranslation();
  const [plays, setPlays] = useState(false);
  const [at, setAt] = useState(0);
  const [channels, setChannels] = useState<Channels>("both");
  const place = useRef<HTMLDivElement>(null);
  const audio = useRef<HTMLAudioElement>(null);
  const switching = useRef<ChannelSwitch | null>(null);
  useWaveform(place, audio, peaks);

  const toggle = () => {
    const element = audio.current;
    if (element === null) return;
    switching.current ??= new ChannelSwitch(element);
    switching.current.choose(channels);
    if (element.paused) void element.play();
    else element.pause();
  };
  const go = (seconds: number) => {
    if (audio.current !== null) audio.current.currentTime = seconds;
    setAt(seconds);
  };
  return (
    <Stack gap="xs">
      <div className="marked" aria-hidden="true">
        <div className="wave" ref={place} />
        {marks.map((mark, index) => (
          <span key={index} className="mark" style={{ left: `${share(mark, peaks)}%` }} />
        ))}
      </div>
      {/* biome-ignore lint/a11y/useMediaCaption: calls have no captions until they are transcribed */}
      <audio
        ref={audio}
        src={url}
        preload="none"
        onPlay={() => setPlays(true)}
        onPause={() => setPlays(false)}
        onTimeUpdate={({ currentTarget }) => setAt(currentTarget.currentTime)}
      />
      <Group align="end">
        <Button leftSection={<Icon name={plays ? "pause" : "play"} />} onClick={toggle}>
          {t(plays ? "detail.pause" : "detail.play")}
        </Button>
        <NativeSelect
          label={t("detail.channels")}
          value={channels}
          data={CHANNELS.map((value) => ({ value, label: t(`detail.${value}`) }))}
          onChange={({ currentTarget }) => {
            const chosen = CHANNELS.find((one) => one === currentTarget.value) ?? "both";
            setChannels(chosen);
            switching.current?.choose(chosen);
          }}
        />
        <a href={url} download className="link">
          {t("detail.download")}
        </a>
      </Group>
      <label>
        {t("detail.position")} {length(at)} / {length(peaks.durationS)}
        <input
          type="range"
          className="meter"
          min={0}
          max={peaks.durationS}
          step={0.1}
          value={at}
          onChange={({ currentTarget }) => go(Number(currentTarget.value))}
        />
      </label>
      {marks.length > 0 && <Marks marks={marks} go={go} />}
    </Stack>
  );
}

interface MarksProps {
  readonly marks: readonly Mark[];
  readonly go: (seconds: number) => void;
}

function Marks({ marks, go }: MarksProps) {
  const { t } = useTranslation();
  return (
    <ul aria-label={t("detail.marks")} className="marks">
      {marks.map((mark, index) => (
        <li key={index}>
          <Button variant="subtle" size="compact-sm" onClick={() => go(mark.atS)}>
            {length(mark.atS)} {t(`mark.${mark.kind}`, { defaultValue: mark.kind })} {mark.text}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** Where a mark stands over the waveform, percent. */
function share(mark: Mark, peaks: Peaks): number {
  return peaks.durationS > 0 ? Math.min(100, (100 * mark.atS) / peaks.durationS) : 0;
}

function useWaveform(
  place: React.RefObject<HTMLDivElement | null>,
  audio: React.RefObject<HTMLAudioElement | null>,
  peaks: Peaks,
): void {
  useEffect(() => {
    if (place.current === null || audio.current === null) return undefined;
    const colour = getComputedStyle(document.documentElement).getPropertyValue("--talking");
    const line = getComputedStyle(document.documentElement).getPropertyValue("--ready");
    const surfer = WaveSurfer.create({
      container: place.current,
      media: audio.current,
      peaks: peaks.channels.map((channel) => [...channel]),
      duration: peaks.durationS,
      height: HEIGHT,
      waveColor: colour,
      progressColor: line,
      splitChannels: peaks.channels.map(() => ({})),
      normalize: false,
    });
    adoptStyles(place.current);
    return () => surfer.destroy();
  }, [place, audio, peaks]);
}

/** The page's policy refuses the style element that wavesurfer puts into its shadow; a constructed sheet is allowed. */
function adoptStyles(place: HTMLElement): void {
  const shadow = place.firstElementChild?.shadowRoot;
  const text = shadow?.querySelector("style")?.textContent;
  if (shadow === null || shadow === undefined || typeof text !== "string") return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  shadow.adoptedStyleSheets = [sheet];
}
