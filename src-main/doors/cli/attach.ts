import { WebSocket } from 'ws';
import type { Session } from '#contract';
import { decodeHostFrame, encodeViewerFrame, type HostFrame } from '#contract/terminal-frames.ts';
import type { Connection } from './client.ts';
import { CommandError, EXIT } from './exit.ts';

/** Ctrl+]: leaves the view, as in telnet; the session goes on. */
const LEAVE = 0x1d;

/** Shows a session in this terminal until it ends or the person leaves it. */
export async function attachTerminal({ api, token }: Connection, session: Session): Promise<void> {
  const url = `${api.replace(/^http/, 'ws')}/v1/sessions/${session.id}/terminal`;
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
  socket.binaryType = 'nodebuffer';
  const { stdin, stdout } = process;
  const send = (frame: Uint8Array): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(frame);
  };
  const size = (): void =>
    send(encodeViewerFrame({ type: 'resize', cols: stdout.columns, rows: stdout.rows }));
  const type = (data: Buffer): void => {
    const leave = data.indexOf(LEAVE);
    if (leave !== 0)
      send(encodeViewerFrame({ type: 'input', data: leave < 0 ? data : data.subarray(0, leave) }));
    if (leave >= 0) socket.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        process.stderr.write(`Showing ${session.name}. Ctrl+] leaves it running.\r\n`);
        stdin.setRawMode(true);
        stdin.on('data', type);
        stdout.on('resize', size);
        send(encodeViewerFrame({ type: 'visible', visible: true }));
        size();
      });
      socket.on('message', (data: Buffer) => {
        const frame = decodeHostFrame(data);
        show(frame, stdout, send);
        if (frame.type === 'exited') resolve();
      });
      socket.once('close', () => resolve());
      socket.once('error', (error) =>
        reject(new CommandError(EXIT.failed, `The terminal cannot be shown: ${error.message}`)),
      );
    });
  } finally {
    stdin.off('data', type);
    stdout.off('resize', size);
    if (stdin.isTTY) stdin.setRawMode(false);
    socket.terminate();
    // Whatever the program switched on in our terminal: alternate screen, mouse, bracketed paste, keyboard flags.
    stdout.write(
      '\u001b[?1049l\u001b[?1000l\u001b[?1002l\u001b[?1003l\u001b[?1006l\u001b[?2004l\u001b[<9u\u001b[?25h\u001b[0m\r\n',
    );
  }
}

function show(frame: HostFrame, stdout: NodeJS.WriteStream, send: (frame: Uint8Array) => void): void {
  switch (frame.type) {
    case 'snapshot': {
      const { offset } = frame.meta;
      stdout.write('\u001bc');
      stdout.write(frame.data, () => send(encodeViewerFrame({ type: 'ack', offset })));
      return;
    }
    case 'output': {
      const end = frame.offset + frame.data.length;
      stdout.write(frame.data, () => send(encodeViewerFrame({ type: 'ack', offset: end })));
      return;
    }
    case 'resized':
    case 'title':
    case 'exited':
      return;
  }
}
