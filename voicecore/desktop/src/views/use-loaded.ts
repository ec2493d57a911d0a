// What a view has asked the server for: not there yet, there, or not to be had.

import { useEffect, useState } from "react";

export type Loaded<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed" }
  | { readonly kind: "there"; readonly value: T };

/** `load` must stay the same function for as long as it loads the same. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ kind: "loading" });
  useEffect(() => {
    let wanted = true;
    const settle = (value: Loaded<T>) => {
      if (wanted) setLoaded(value);
    };
    load().then(
      (value) => settle({ kind: "there", value }),
      () => settle({ kind: "failed" }),
    );
    return () => {
      wanted = false;
    };
  }, [load]);
  return loaded;
}
