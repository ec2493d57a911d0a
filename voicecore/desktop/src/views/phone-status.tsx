// One word for what the phone does, with a picture and a colour that say the same.

import { useTranslation } from "react-i18next";
import type { Phone } from "../phone/phone";
import { type Status, status } from "../phone/views";
import { Icon, type IconName } from "./icon";

const LOOKS: Readonly<Record<Status, { readonly icon: IconName; readonly tone: string }>> = {
  Ready: { icon: "check", tone: "ready" },
  Calling: { icon: "dots", tone: "talking" },
  Ringing: { icon: "bell", tone: "ringing" },
  "In call": { icon: "handset", tone: "talking" },
  "On hold": { icon: "pause", tone: "holding" },
  Connecting: { icon: "dots", tone: "offline" },
  Reconnecting: { icon: "dots", tone: "ringing" },
  Ending: { icon: "dots", tone: "offline" },
  "Not connected": { icon: "warning", tone: "wrong" },
  "Open elsewhere": { icon: "ring", tone: "offline" },
};

export function PhoneStatus({ phone }: { readonly phone: Phone }) {
  const { t } = useTranslation();
  const now = status(phone);
  const { icon, tone } = LOOKS[now];
  return (
    <span className={`status tone-${tone}`}>
      <Icon name={icon} />
      <span role="status" aria-label={t("status.label")}>
        {t(`status.${now}`)}
      </span>
    </span>
  );
}
