// The SIP ladder of a call as a list that can be read aloud: who wrote what to whom, and the whole message inside.

import { Text } from "@mantine/core";
import { useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesktop } from "./app";
import { useLoaded } from "./use-loaded";

export function LadderList({ call }: { readonly call: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t("detail.ladder")}</summary>
      {open && <Messages call={call} />}
    </details>
  );
}

function Messages({ call }: { readonly call: string }) {
  const { t } = useTranslation();
  const { api } = useDesktop();
  const ladder = useLoaded(useCallback(() => api.ladder(call), [api, call]));
  if (ladder.kind !== "there") return <Text size="sm">{t(`detail.${ladder.kind}`)}</Text>;
  const { parties, messages } = ladder.value;
  const role = (index: number) => parties[index]?.role ?? "";
  if (messages.length === 0) return <Text size="sm">{t("detail.noLadder")}</Text>;
  const began = messages[0]?.at ?? 0;
  return (
    <ol className="ladder">
      {messages.map((message, index) => (
        <li key={index}>
          <details>
            <summary>
              {((message.at - began) / 1000).toFixed(3)} s{" "}
              {t("detail.message", { from: role(message.from), to: role(message.to) })}: {message.line}
            </summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard */}
            <pre tabIndex={0}>{message.raw}</pre>
          </details>
        </li>
      ))}
    </ol>
  );
}
