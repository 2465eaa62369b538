/**
 * Node's HTTP client. An `import` of `node:http` reads all that it exports, and with that loads all of Node's `fetch`, which
 * nobody here uses.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
