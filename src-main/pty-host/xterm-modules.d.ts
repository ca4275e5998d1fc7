// The packages' entry for Node is CommonJS without names Node can see, and what they name as module is not there: the
// ES modules are imported by their path, under Node and in the bundle alike.
declare module '@xterm/headless/lib-headless/xterm-headless.mjs' {
  export * from '@xterm/headless';
}
declare module '@xterm/addon-unicode11/lib/addon-unicode11.mjs' {
  export * from '@xterm/addon-unicode11';
}
