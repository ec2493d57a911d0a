// Who we are and where: POST /session, GET /configuration, POST /phone-credentials.

import type { IceServer, PhoneCredentials } from "../sip/user-agent";
import { list, object, optional, text, time } from "./read";

export interface Session {
  readonly role: string;
  readonly name: string;
  /** Sent back with every request that changes something. */
  readonly csrf: string;
}

export interface SiteNumber {
  readonly number: string;
  readonly flow: string;
}

export interface Configuration {
  readonly version: string;
  readonly numbers: readonly SiteNumber[];
  readonly domain: string;
  readonly iceServers: readonly IceServer[];
}

export function session(value: unknown): Session {
  const told = object(value, "session");
  return {
    role: text(told["role"], "role"),
    name: optional(told["name"], "name", text) ?? "",
    csrf: text(told["csrf"], "csrf"),
  };
}

export function configuration(value: unknown): Configuration {
  const told = object(value, "configuration");
  const sip = object(told["sip"], "sip");
  return {
    version: text(told["version"], "version"),
    numbers: list(told["numbers"], "numbers", siteNumber),
    domain: text(sip["domain"], "sip.domain"),
    iceServers: list(told["ice_servers"], "ice_servers", iceServer),
  };
}

export function phoneCredentials(value: unknown): PhoneCredentials {
  const told = object(value, "credentials");
  return {
    account: text(told["account"], "account"),
    uri: text(told["uri"], "uri"),
    password: text(told["password"], "password"),
    displayName: optional(told["display_name"], "display_name", text) ?? "",
    websocket: text(told["websocket"], "websocket"),
    expiresAt: time(told["expires_at"], "expires_at"),
  };
}

function siteNumber(value: unknown, field: string): SiteNumber {
  const told = object(value, field);
  return { number: text(told["number"], `${field}.number`), flow: text(told["flow"], `${field}.flow`) };
}

function iceServer(value: unknown, field: string): IceServer {
  const told = object(value, field);
  const username = optional(told["username"], `${field}.username`, text);
  const credential = optional(told["credential"], `${field}.credential`, text);
  return {
    urls: list(told["urls"], `${field}.urls`, text),
    ...(username === null ? {} : { username }),
    ...(credential === null ? {} : { credential }),
  };
}
