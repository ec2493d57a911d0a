// Simple pictures beside words. They say nothing that the word does not say, so readers of screens pass them by.

const PATHS = {
  check: "m4 12 5 5L20 6",
  handset: "M7 4l3 5-2 2a11 11 0 0 0 5 5l2-2 5 3c0 2-2 4-4 3C9 19 5 15 4 8c0-2 1-4 3-4Z",
  bell: "M6 17V11a6 6 0 0 1 12 0v6l2 1H4l2-1Zm4 3h4",
  pause: "M8 5v14M16 5v14",
  warning: "M12 4 2.5 20h19L12 4Zm0 6v5m0 2.5v.5",
  ring: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Z",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  cross: "m6 6 12 12M18 6 6 18",
  microphone: "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3Zm-7 8a7 7 0 0 0 14 0m-7 7v3",
  arrow: "M4 12h15m-6-6 6 6-6 6",
  swap: "M7 4 3 8l4 4M3 8h14m0 4 4 4-4 4m4-4H7",
  play: "M7 4v16l13-8L7 4Z",
  tape: "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12Zm0 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4Z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg width="1.1em" height="1.1em" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="2.2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
