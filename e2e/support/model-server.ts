import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One answer of the model: text, tool calls, or both. */
export interface ModelTurn {
  readonly text?: string;
  readonly tools?: readonly { readonly name: string; readonly input: Record<string, unknown> }[];
}

/** A request of the Messages API, as far as tests look at it. */
export interface MessagesBody {
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly name: string }[];
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: MessagesBody | undefined;
}

export interface ModelServer {
  readonly url: string;
  /** Everything that arrived, in order. */
  readonly seen: readonly SeenRequest[];
  /** The requests of the conversation itself: those that offer tools. */
  conversation(): SeenRequest[];
  close(): Promise<void>;
}

/**
 * A stand-in for Anthropic's model API on loopback: real HTTP and server-sent events, with the answers scripted by the
 * test. `turns[n]` answers the request whose conversation already holds n assistant messages, so a client that retries
 * gets the same answer again; past the end it says "Done." Requests without tools (titles, summaries) get plain text.
 * Wire format: https://docs.anthropic.com/en/api/messages-streaming
 */
export async function startModelServer(
  turns: readonly ModelTurn[] | ((body: MessagesBody) => ModelTurn),
): Promise<ModelServer> {
  const seen: SeenRequest[] = [];
  const answerFor = (body: MessagesBody): ModelTurn => {
    if (typeof turns === 'function') return turns(body);
    if (!body.tools?.length) return { text: 'A title' };
    return turns[body.messages.filter(({ role }) => role === 'assistant').length] ?? { text: 'Done.' };
  };
  const server = createServer((request, response) => {
    void answer(request, response, seen, answerFor).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    conversation: () => seen.filter(({ body }) => Boolean(body?.tools?.length)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest[],
  answerFor: (body: MessagesBody) => ModelTurn,
): Promise<void> {
  const { method = 'GET', headers } = request;
  const path = new URL(request.url ?? '/', 'http://model').pathname;
  const text = await readAll(request);
  const body = text === '' ? undefined : (JSON.parse(text) as MessagesBody);
  seen.push({ method, path, headers, body });
  if (method === 'HEAD') {
    response.writeHead(200).end();
  } else if (method === 'POST' && path.endsWith('/v1/messages/count_tokens')) {
    json(response, 200, { input_tokens: 100 });
  } else if (method === 'POST' && path.endsWith('/v1/messages') && body) {
    const turn = answerFor(body);
    if (body.stream) await stream(response, body.model, turn);
    else json(response, 200, message(body.model, turn));
  } else {
    json(response, 404, {
      type: 'error',
      error: { type: 'not_found_error', message: `No ${method} ${path} here` },
    });
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

type Block =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> };

function blocksOf(turn: ModelTurn): Block[] {
  const blocks: Block[] = turn.text === undefined ? [] : [{ type: 'text', text: turn.text }];
  for (const { name, input } of turn.tools ?? []) {
    blocks.push({ type: 'tool_use', id: `toolu_${randomUUID().replaceAll('-', '')}`, name, input });
  }
  return blocks;
}

const stopReason = (turn: ModelTurn): string => (turn.tools?.length ? 'tool_use' : 'end_turn');

function message(model: string, turn: ModelTurn): Record<string, unknown> {
  return { ...emptyMessage(model), content: blocksOf(turn), stop_reason: stopReason(turn) };
}

function emptyMessage(model: string): Record<string, unknown> {
  return {
    id: `msg_${randomUUID().replaceAll('-', '')}`,
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: {
      input_tokens: 100,
      output_tokens: 20,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
    },
  };
}

/** Sends the answer event by event, text word by word, as the real service does. */
async function stream(response: ServerResponse, model: string, turn: ModelTurn): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const send = async (type: string, fields: Record<string, unknown>): Promise<void> => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`);
    // Each event leaves on its own.
    await new Promise((resolve) => setImmediate(resolve));
  };
  await send('message_start', { message: emptyMessage(model) });
  for (const [index, block] of blocksOf(turn).entries()) {
    const start = block.type === 'text' ? { ...block, text: '' } : { ...block, input: {} };
    await send('content_block_start', { index, content_block: start });
    for (const delta of deltasOf(block)) await send('content_block_delta', { index, delta });
    await send('content_block_stop', { index });
  }
  await send('message_delta', {
    delta: { stop_reason: stopReason(turn), stop_sequence: null },
    usage: { output_tokens: 20 },
  });
  await send('message_stop', {});
  response.end();
}

function deltasOf(block: Block): Record<string, unknown>[] {
  if (block.type === 'tool_use') {
    return [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }];
  }
  return (block.text.match(/\S+\s*/g) ?? []).map((text) => ({ type: 'text_delta', text }));
}
