// Twelve keys. They send digits during a call and write the number before one; a keyboard's digits do the same
// while one of them has the focus.

import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { KEYS, type Key } from "../phone/phone";

const LETTERS: Readonly<Partial<Record<Key, string>>> = {
  "2": "ABC",
  "3": "DEF",
  "4": "GHI",
  "5": "JKL",
  "6": "MNO",
  "7": "PQRS",
  "8": "TUV",
  "9": "WXYZ",
  "0": "+",
};

function isKey(key: string): key is Key {
  return (KEYS as readonly string[]).includes(key);
}

export function DialPad({ press }: { readonly press: (key: Key) => void }) {
  const { t } = useTranslation();
  const name = (key: Key) =>
    t("phone.key", { key: key === "*" ? t("phone.star") : key === "#" ? t("phone.pound") : key });
  return (
    <fieldset
      className="pad"
      aria-label={t("phone.keys")}
      onKeyDown={(event) => {
        if (event.ctrlKey || event.altKey || event.metaKey || !isKey(event.key)) return;
        event.preventDefault();
        press(event.key);
      }}
    >
      {KEYS.map((key) => (
        <Button
          key={key}
          id={key === "5" ? "pad" : undefined}
          variant="default"
          aria-label={name(key)}
          onClick={() => press(key)}
        >
          <span aria-hidden="true" className="letters" data-letters={LETTERS[key] ?? "\u00a0"}>
            {key}
          </span>
        </Button>
      ))}
    </fieldset>
  );
}
