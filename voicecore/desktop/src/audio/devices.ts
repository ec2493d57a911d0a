// Which microphone, loudspeaker and ringer are chosen, and which there are.

export type DeviceUse = "microphone" | "speaker" | "ringer";
/** `cleanUp`: the browser takes echo and noise out of the microphone, and evens its loudness. */
export type Choices = Readonly<Record<DeviceUse, string>> & { readonly cleanUp: boolean };

export interface Device {
  readonly id: string;
  /** "" before the browser has allowed the microphone. */
  readonly name: string;
}

const KEPT = "voicecore.devices";
const DEFAULTS: Choices = { microphone: "", speaker: "", ringer: "", cleanUp: true };

export function keptChoices(box: Storage): Choices {
  try {
    const kept: unknown = JSON.parse(box.getItem(KEPT) ?? "{}");
    return { ...DEFAULTS, ...(kept as Partial<Choices>) };
  } catch {
    return DEFAULTS;
  }
}

export function keepChoices(box: Storage, choices: Choices): void {
  box.setItem(KEPT, JSON.stringify(choices));
}

/** Without the entries that only repeat the system's default. */
export function devicesFor(use: DeviceUse, all: readonly MediaDeviceInfo[]): readonly Device[] {
  const kind = use === "microphone" ? "audioinput" : "audiooutput";
  const own = all.filter(
    (one) => one.kind === kind && !["", "default", "communications"].includes(one.deviceId),
  );
  return own.map((one) => ({ id: one.deviceId, name: one.label }));
}
