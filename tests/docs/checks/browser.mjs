// What a browser has and Node may not: a store that all tabs share.
const entries = new Map();

Object.defineProperty(globalThis, "localStorage", {
  value: {
    getItem: (name) => entries.get(name) ?? null,
    setItem: (name, value) => entries.set(name, String(value)),
    removeItem: (name) => entries.delete(name),
  },
});
