/** http-proxy with keep-alive, as its documentation shows it. */
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';
import { announce, argument, untilStopped } from './process.ts';

const proxy = httpProxy.createProxyServer({
  target: argument(0),
  agent: new Agent({ keepAlive: true, maxSockets: 512 }),
});
proxy.on('error', (_error, _req, res) => {
  if ('writeHead' in res) res.writeHead(502).end();
});
announce(createServer({ noDelay: true, keepAliveTimeout: 65_000 }, (req, res) => proxy.web(req, res)));
untilStopped();
