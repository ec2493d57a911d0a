// Call, Answer, Hang up, Mute, Hold, Transfer, and what two calls need.

import { Button, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Phone } from "../phone/phone";
import {
  activeLine,
  canDial,
  canHold,
  canJoin,
  canTransfer,
  lineToEnd,
  otherLine,
  ringingLine,
} from "../phone/views";
import { useDesktop } from "./app";
import { Icon } from "./icon";

interface Props {
  readonly phone: Phone;
  readonly number: string;
  readonly dial: () => void;
  readonly clear: () => void;
}

export function CallButtons({ phone, number, dial, clear }: Props) {
  const { t } = useTranslation();
  const { tell } = useDesktop();
  const ringing = ringingLine(phone);
  const ending = lineToEnd(phone);
  const active = activeLine(phone);
  const isHeld = active?.state === "on-hold" || active?.state === "resuming";

  const transfer = () => {
    if (number.trim() === "") {
      document.getElementById("number")?.focus();
      return;
    }
    tell({ kind: "transfer", target: number.trim() });
    clear();
  };
  return (
    <div className="controls">
      {ringing === null ? (
        <Button
          color="teal"
          leftSection={<Icon name="handset" />}
          disabled={!canDial(phone) || number.trim() === ""}
          onClick={dial}
        >
          {t("phone.call")}
        </Button>
      ) : (
        <Button
          color="teal"
          leftSection={<Icon name="handset" />}
          onClick={() => tell({ kind: "answer", line: ringing.id })}
        >
          {t("phone.answer")}
        </Button>
      )}
      <Button
        color="red"
        leftSection={<Icon name="cross" />}
        disabled={ending === null || ending.state === "ending"}
        onClick={() => {
          if (ending !== null) tell({ kind: "hang-up", line: ending.id });
        }}
      >
        {t("phone.hangUp")}
      </Button>
      <Button
        variant={phone.muted ? "filled" : "default"}
        aria-pressed={phone.muted}
        leftSection={<Icon name="microphone" />}
        disabled={active === null}
        onClick={() => tell({ kind: "toggle-mute" })}
      >
        {t("phone.mute")}
      </Button>
      <Button
        variant={isHeld ? "filled" : "default"}
        aria-pressed={isHeld}
        leftSection={<Icon name="pause" />}
        disabled={!canHold(phone)}
        onClick={() => tell({ kind: "toggle-hold" })}
      >
        {t("phone.hold")}
      </Button>
      <Button
        className="wide"
        variant="default"
        leftSection={<Icon name="arrow" />}
        disabled={!canTransfer(phone)}
        aria-describedby="transfer-hint"
        onClick={transfer}
      >
        {t("phone.transfer")}
      </Button>
      {canTransfer(phone) && (
        <Text id="transfer-hint" size="sm" c="dimmed" className="wide">
          {t("phone.transferHint")}
        </Text>
      )}
      {phone.lines.length > 1 && (
        <>
          <Button
            variant="default"
            leftSection={<Icon name="swap" />}
            disabled={otherLine(phone)?.state !== "on-hold"}
            onClick={() => tell({ kind: "swap" })}
          >
            {t("phone.swap")}
          </Button>
          <Button
            variant="default"
            leftSection={<Icon name="arrow" />}
            disabled={!canJoin(phone)}
            onClick={() => tell({ kind: "join" })}
          >
            {t("phone.join")}
          </Button>
        </>
      )}
    </div>
  );
}
