// What the views are given: the machines to watch, and the actions that a person can take.

import type { ApiClient } from "./api/client";
import type { Choices, Device, DeviceUse } from "./audio/devices";
import type { RecentCalls } from "./calls/recent";
import type { Quality } from "./health/quality";
import type { Input, Phone } from "./phone/phone";
import type { SiteState } from "./site";
import type { Watched } from "./store";

export interface SoundPanel {
  readonly choices: Watched<Choices>;
  readonly choose: (choices: Partial<Choices>) => void;
  readonly devices: (use: DeviceUse) => Promise<readonly Device[]>;
  readonly testTone: () => void;
  /** Tells the microphone's level until the returned function is called. */
  readonly watchLevel: (tell: (level: number) => void) => () => void;
}

export interface Notes {
  readonly read: (call: string) => string;
  readonly write: (call: string, text: string) => void;
}

export interface Desktop {
  readonly phone: Watched<Phone>;
  readonly tell: (input: Input) => void;
  readonly dial: (target: string) => void;
  readonly site: Watched<SiteState>;
  readonly signIn: (token: string | null) => void;
  readonly takeOver: () => void;
  readonly quality: Watched<Quality | null>;
  readonly recent: Watched<RecentCalls>;
  readonly eventsArrive: Watched<boolean>;
  readonly older: () => void;
  readonly api: Pick<ApiClient, "call" | "ladder" | "peaks" | "recordingUrl">;
  readonly sound: SoundPanel;
  readonly notes: Notes;
  readonly now: () => number;
}
