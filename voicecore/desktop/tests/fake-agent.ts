import type { UserAgent } from "../src/sip/user-agent";

/** A user agent that writes down what it is asked; `at` lets it tell the desk something in between. */
export function fakeAgent(asked: string[], at: Partial<Record<string, () => void>> = {}): UserAgent {
  const note = (name: string) => (): undefined => {
    asked.push(name);
    at[name]?.();
  };
  const names = [
    "start",
    "stop",
    "renew",
    "reconnect",
    "call",
    "reattach",
    "answer",
    "hangUp",
    "refuseBusy",
    "hold",
    "resume",
    "setMuted",
    "sendKey",
    "refer",
    "referTo",
    "restartIce",
    "reopenMicrophone",
  ] as const;
  const acts = Object.fromEntries(names.map((name) => [name, note(name)])) as unknown as Omit<
    UserAgent,
    "counts"
  >;
  return { ...acts, counts: async () => null };
}
