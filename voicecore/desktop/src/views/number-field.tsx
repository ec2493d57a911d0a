// Where the number is typed; Enter calls it.

import { TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useWatched } from "../store";
import { useDesktop } from "./app";

interface Props {
  readonly number: string;
  readonly setNumber: (number: string) => void;
  readonly dial: () => void;
}

export function NumberField({ number, setNumber, dial }: Props) {
  const { t } = useTranslation();
  const site = useWatched(useDesktop().site);
  const numbers = site.kind === "open" ? site.configuration.numbers : [];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        dial();
      }}
    >
      <TextInput
        id="number"
        label={t("phone.number")}
        description={t("phone.numberHint")}
        inputMode="tel"
        autoComplete="off"
        list="numbers"
        value={number}
        onChange={({ currentTarget }) => setNumber(currentTarget.value)}
      />
      <datalist id="numbers">
        {numbers.map((one) => (
          <option key={one.number} value={one.number}>
            {one.flow}
          </option>
        ))}
      </datalist>
    </form>
  );
}
