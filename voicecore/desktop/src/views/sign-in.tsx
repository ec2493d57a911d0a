// Asks for a token where the site wants one, and tells when the server does not answer.

import { Alert, Button, Paper, Stack, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesktop } from "./app";
import { Icon } from "./icon";

const WORDS = {
  wrong: "signIn.wrong",
  "too-often": "signIn.tooOften",
  unreachable: "signIn.unreachable",
} as const;

export function SignIn({ problem }: { readonly problem: "none" | keyof typeof WORDS }) {
  const { t } = useTranslation();
  const { signIn } = useDesktop();
  const [token, setToken] = useState("");
  const isUnreachable = problem === "unreachable";
  return (
    <main className="bar">
      <Paper p="lg" withBorder component="section" aria-labelledby="sign-in">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            signIn(isUnreachable || token === "" ? null : token);
          }}
        >
          <Stack>
            <Title order={2} id="sign-in" size="h4">
              {t("signIn.title")}
            </Title>
            {problem !== "none" && (
              <Alert
                variant="outline"
                color="red"
                role="alert"
                icon={<Icon name="warning" />}
                className="tone-wrong"
              >
                {t(WORDS[problem])}
              </Alert>
            )}
            {!isUnreachable && (
              <TextInput
                type="password"
                autoComplete="current-password"
                label={t("signIn.token")}
                description={t("signIn.hint")}
                value={token}
                onChange={({ currentTarget }) => setToken(currentTarget.value)}
                required
              />
            )}
            <Button type="submit">{t(isUnreachable ? "signIn.again" : "signIn.submit")}</Button>
          </Stack>
        </form>
      </Paper>
    </main>
  );
}
