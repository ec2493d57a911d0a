// Keyboard shortcuts, on while the page is open; one switch turns them off (WCAG 2.1, 2.1.4).

import { useEffect, useState } from "react";
import type { Desktop } from "../desktop";
import type { Phone } from "../phone/phone";
import { lineToEnd, ringingLine } from "../phone/views";
import { useDesktop } from "./app";

interface Shortcut {
  /** With Ctrl and Shift. */
  readonly code: string;
  readonly shown: string;
  readonly name: "answer" | "decline" | "mute" | "hold" | "pad" | "number";
  readonly run: (desktop: Desktop, phone: Phone) => void;
}

export const SHORTCUTS: readonly Shortcut[] = [
  {
    code: "KeyA",
    shown: "A",
    name: "answer",
    run: ({ tell }, phone) => {
      const line = ringingLine(phone);
      if (line !== null) tell({ kind: "answer", line: line.id });
    },
  },
  {
    code: "KeyE",
    shown: "E",
    name: "decline",
    run: ({ tell }, phone) => {
      const line = ringingLine(phone) ?? lineToEnd(phone);
      if (line !== null) tell({ kind: "hang-up", line: line.id });
    },
  },
  { code: "KeyM", shown: "M", name: "mute", run: ({ tell }) => tell({ kind: "toggle-mute" }) },
  { code: "KeyH", shown: "H", name: "hold", run: ({ tell }) => tell({ kind: "toggle-hold" }) },
  { code: "KeyD", shown: "D", name: "pad", run: () => document.getElementById("pad")?.focus() },
  { code: "KeyF", shown: "F", name: "number", run: () => document.getElementById("number")?.focus() },
];

const KEPT = "voicecore.shortcuts";

export function useShortcuts(): readonly [boolean, (on: boolean) => void] {
  const desktop = useDesktop();
  const [on, setOn] = useState(localStorage.getItem(KEPT) !== "off");
  useEffect(() => {
    if (!on) return undefined;
    const pressed = (event: KeyboardEvent) => {
      // While somebody composes Chinese, keys belong to the input method.
      if (event.isComposing || !event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return;
      const shortcut = SHORTCUTS.find((one) => one.code === event.code);
      if (shortcut === undefined) return;
      event.preventDefault();
      shortcut.run(desktop, desktop.phone.get());
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  }, [desktop, on]);
  const keep = (wanted: boolean) => {
    localStorage.setItem(KEPT, wanted ? "on" : "off");
    setOn(wanted);
  };
  return [on, keep];
}
