import { createInterface } from 'node:readline';
import { CommandError, EXIT } from './exit.ts';

export interface SecretOptions {
  readonly secretStdin?: boolean | undefined;
  readonly secretEnv?: string | undefined;
  /** Compatibility only: it shows in `ps`. */
  readonly secret?: string | undefined;
}

/** A secret from where the user said it is; otherwise asked for without echo. Never from argv without a warning. */
export async function readSecret(question: string, options: SecretOptions): Promise<string> {
  if (options.secretStdin) return trimOneNewline(await readAll());
  if (options.secretEnv !== undefined) {
    const value = process.env[options.secretEnv];
    if (value === undefined || value === '') {
      throw new CommandError(EXIT.usage, `The environment variable ${options.secretEnv} is not set.`);
    }
    return value;
  }
  if (options.secret !== undefined) {
    process.stderr.write(
      'Warning: a secret on the command line is visible to other programs. Use --secret-stdin.\n',
    );
    return options.secret;
  }
  if (!process.stdin.isTTY) {
    throw new CommandError(EXIT.usage, 'There is no terminal to ask for the secret on.', {
      hint: 'Use --secret-stdin or --secret-env NAME.',
    });
  }
  return askHidden(question);
}

async function readAll(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

/** `echo` and files end with a newline that is not part of the secret. */
const trimOneNewline = (text: string): string => text.replace(/\r?\n$/, '');

export function askHidden(question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = createInterface({ input: process.stdin, output: undefined, terminal: true });
    process.stderr.write(question);
    reader.on('SIGINT', () => {
      reader.close();
      process.stderr.write('\n');
      reject(new CommandError(EXIT.failed, 'Cancelled.'));
    });
    reader.question('', (answer) => {
      reader.close();
      process.stderr.write('\n');
      resolve(answer);
    });
  });
}
