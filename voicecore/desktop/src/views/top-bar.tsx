// Name, language, appearance.

import { NativeSelect, Title, useMantineColorScheme } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { chooseLanguage, isLanguage, LANGUAGES } from "../i18n/language";

const SCHEMES = ["auto", "light", "dark"] as const;

export function TopBar() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <header className="bar">
      <div>
        <a className="skip" href="#number">
          {t("skip")}
        </a>
        <Title order={1} size="h3">
          {t("brand")}
        </Title>
      </div>
      <NativeSelect
        label={t("settings.language")}
        value={i18n.language}
        onChange={({ currentTarget }) => {
          if (isLanguage(currentTarget.value)) void chooseLanguage(currentTarget.value, localStorage);
        }}
      >
        {Object.entries(LANGUAGES).map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </NativeSelect>
      <NativeSelect
        label={t("settings.scheme")}
        value={colorScheme}
        data={SCHEMES.map((value) => ({ value, label: t(`settings.${value}`) }))}
        onChange={({ currentTarget }) => {
          const chosen = SCHEMES.find((scheme) => scheme === currentTarget.value);
          if (chosen !== undefined) setColorScheme(chosen);
        }}
      />
    </header>
  );
}
