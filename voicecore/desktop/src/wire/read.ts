// Reads values that came from outside. What is missing or of another type is an error that names the field.

export class WireError extends Error {
  readonly field: string;

  constructor(field: string) {
    super(`unexpected value of ${field}`);
    this.field = field;
  }
}

export type Wire = Readonly<Record<string, unknown>>;

export function object(value: unknown, field: string): Wire {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WireError(field);
  return value as Wire;
}

export function list<T>(
  value: unknown,
  field: string,
  read: (item: unknown, field: string) => T,
): readonly T[] {
  if (!Array.isArray(value)) throw new WireError(field);
  return value.map((item, index) => read(item, `${field}[${index}]`));
}

export function text(value: unknown, field: string): string {
  if (typeof value !== "string") throw new WireError(field);
  return value;
}

export function number(value: unknown, field: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) throw new WireError(field);
  return value;
}

/** Milliseconds since the epoch, of an ISO 8601 time. */
export function time(value: unknown, field: string): number {
  const at = Date.parse(text(value, field));
  if (Number.isNaN(at)) throw new WireError(field);
  return at;
}

/** Null stays null, and what is left out is null. */
export function optional<T>(
  value: unknown,
  field: string,
  read: (value: unknown, field: string) => T,
): T | null {
  return value === null || value === undefined ? null : read(value, field);
}
