// Joins everything: the only place that picks implementations.

import { createRoot } from "react-dom/client";
import { setUpLanguage } from "./i18n/language";
import { openDesktop } from "./opening";
import { App } from "./views/app";
import "./styles";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element named root");
await setUpLanguage(localStorage, navigator.languages);
createRoot(root).render(<App desktop={openDesktop()} />);
