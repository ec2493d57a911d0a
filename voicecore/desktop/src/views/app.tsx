// The whole page: what is shown depends on how far the site is open.

import { Loader, MantineProvider } from "@mantine/core";
import { createContext, useContext } from "react";
import { useTranslation } from "react-i18next";
import type { Desktop } from "../desktop";
import { useWatched } from "../store";
import { CallBook } from "./call-book";
import { HealthPanel } from "./health-panel";
import { PhonePanel } from "./phone-panel";
import { ShortcutSheet } from "./shortcut-sheet";
import { useShortcuts } from "./shortcuts";
import { SignIn } from "./sign-in";
import { SoundSettings } from "./sound-settings";
import { TopBar } from "./top-bar";

const DesktopContext = createContext<Desktop | null>(null);

export function useDesktop(): Desktop {
  const desktop = useContext(DesktopContext);
  if (desktop === null) throw new Error("used outside of App");
  return desktop;
}

export function App({ desktop }: { readonly desktop: Desktop }) {
  return (
    // The style sheets are files, so that the page's policy can forbid styles inside it.
    <MantineProvider defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <DesktopContext value={desktop}>
        <TopBar />
        <Contents />
      </DesktopContext>
    </MantineProvider>
  );
}

function Contents() {
  const site = useWatched(useDesktop().site);
  const { t } = useTranslation();
  switch (site.kind) {
    case "starting":
      return (
        <main className="bar">
          <Loader aria-label={t("signIn.starting")} />
        </main>
      );
    case "sign-in":
      return <SignIn problem={site.problem} />;
    case "unreachable":
      return <SignIn problem="unreachable" />;
    case "open":
      return <Open />;
    default:
      return site satisfies never;
  }
}

function Open() {
  const [on, setOn] = useShortcuts();
  return (
    <main className="page">
      <div className="column">
        <PhonePanel />
        <HealthPanel />
        <SoundSettings />
        <ShortcutSheet on={on} setOn={setOn} />
      </div>
      <div className="column">
        <CallBook />
      </div>
    </main>
  );
}
