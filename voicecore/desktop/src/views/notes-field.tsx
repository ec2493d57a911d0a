// Notes on the call that is active, or on the last one: kept with every stroke.

import { Textarea } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Phone } from "../phone/phone";
import { activeLine } from "../phone/views";
import { useDesktop } from "./app";

export function NotesField({ phone }: { readonly phone: Phone }) {
  const { t } = useTranslation();
  const { notes } = useDesktop();
  const current = activeLine(phone)?.dialog?.callId ?? null;
  const [call, setCall] = useState(current);
  const [text, setText] = useState("");
  useEffect(() => {
    if (current === null) return;
    setCall(current);
    setText(notes.read(current));
  }, [current, notes]);
  if (call === null) return null;
  return (
    <Textarea
      label={t("notes.label")}
      description={t("notes.hint")}
      autosize={false}
      rows={3}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        notes.write(call, currentTarget.value);
      }}
    />
  );
}
