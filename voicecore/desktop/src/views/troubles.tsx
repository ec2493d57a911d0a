// Each trouble in words: what happened, what still works, what to do.

import { Alert } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Trouble } from "../phone/phone";
import { useDesktop } from "./app";
import { Icon } from "./icon";

export function Troubles({ troubles }: { readonly troubles: readonly Trouble[] }) {
  const { t } = useTranslation();
  const { tell } = useDesktop();
  return troubles.map((trouble) => (
    <Alert
      key={trouble}
      variant="outline"
      color="orange"
      role="alert"
      icon={<Icon name="warning" />}
      withCloseButton
      closeButtonLabel={t("trouble.dismiss")}
      onClose={() => tell({ kind: "dismiss", trouble })}
    >
      {t(`trouble.${trouble}`)}
    </Alert>
  ));
}
