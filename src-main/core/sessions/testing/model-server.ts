import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ToolUse {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly api_key: string | undefined;
  readonly tool_results: readonly { readonly id: string; readonly text: string; readonly error: boolean }[];
}

/**
 * A stand-in for Anthropic's Messages API on loopback: answers each turn of the main conversation with the next list of
 * tool calls of its script, then with plain text. Requests without tools (titles and the like) get text.
 */
export class ModelServer {
  readonly seen: Seen[] = [];
  readonly #server: Server;
  #script: ToolUse[][];
  #turn = 0;

  private constructor(script: ToolUse[][]) {
    this.#script = script;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const key = request.headers['x-api-key'];
        const body = parse(Buffer.concat(chunks).toString('utf8'));
        this.seen.push({
          method: request.method ?? '',
          path,
          authorization: request.headers.authorization,
          api_key: typeof key === 'string' ? key : undefined,
          tool_results: resultsIn(body),
        });
        if (request.method !== 'POST' || !/^\/v1\/messages(\?|$)/.test(path)) response.writeHead(404).end();
        else this.#answer(body, response);
      });
    });
  }

  static async start(script: ToolUse[][]): Promise<ModelServer> {
    const model = new ModelServer(script);
    await new Promise<void>((resolve) => model.#server.listen(0, '127.0.0.1', resolve));
    return model;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  results(): Seen['tool_results'] {
    return this.seen.flatMap((request) => request.tool_results);
  }

  /** Further turns, after those already played. */
  extend(script: ToolUse[][]): void {
    this.#script = [...this.#script.slice(0, this.#turn), ...script];
  }

  dispose(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(body: Body, response: ServerResponse): void {
    const main = (body.tools ?? []).some((tool) => tool.name === 'Bash');
    const uses = main ? (this.#script[this.#turn++] ?? []) : [];
    const send = (type: string, data: object) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    send('message_start', {
      message: {
        id: `msg_${this.seen.length}`,
        type: 'message',
        role: 'assistant',
        model: body.model ?? 'stand-in',
        content: [],
        stop_reason: null,
        usage: { input_tokens: 10, output_tokens: 1 },
      },
    });
    const block = (index: number, start: object, delta: object) => {
      send('content_block_start', { index, content_block: start });
      send('content_block_delta', { index, delta });
      send('content_block_stop', { index });
    };
    block(
      0,
      { type: 'text', text: '' },
      { type: 'text_delta', text: uses.length > 0 ? 'On it.' : 'All done.' },
    );
    for (const [i, { name, input }] of uses.entries()) {
      const id = `toolu_${this.#turn}_${i}`;
      const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) };
      block(i + 1, { type: 'tool_use', id, name, input: {} }, delta);
    }
    const stop_reason = uses.length > 0 ? 'tool_use' : 'end_turn';
    send('message_delta', { delta: { stop_reason }, usage: { output_tokens: 20 } });
    send('message_stop', {});
    response.end();
  }
}

interface Body {
  readonly model?: string;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages?: readonly { readonly content: unknown }[];
}

function parse(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {};
  }
}

/** Tool results of the newest message only; earlier ones come again with every request. */
function resultsIn(body: Body): Seen['tool_results'] {
  const content = body.messages?.at(-1)?.content;
  if (!Array.isArray(content)) return [];
  return content
    .filter((part: { type?: string }) => part.type === 'tool_result')
    .map((part: { tool_use_id: string; content: unknown; is_error?: boolean }) => ({
      id: part.tool_use_id,
      text: typeof part.content === 'string' ? part.content : JSON.stringify(part.content),
      error: part.is_error === true,
    }));
}
