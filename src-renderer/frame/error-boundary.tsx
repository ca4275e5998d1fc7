import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button } from '../ui/button.tsx';

interface Props {
  /** What broke, for the sentence: "Ledger". */
  place: string;
  /** A change of this value tries again: another screen was opened. */
  resetKey?: string | undefined;
  children: ReactNode;
}

interface State {
  error: Error | null;
}

/** Keeps a mistake in one screen from taking the rest of the window with it. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: unknown, info: ErrorInfo): void {
    console.error(`${this.props.place} could not be drawn`, error, info.componentStack);
  }

  override componentDidUpdate(before: Props): void {
    if (before.resetKey !== this.props.resetKey && this.state.error) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div role="alert" className="flex h-full flex-col items-center justify-center gap-2 p-6 text-center">
        <p className="text-lg font-semibold">{this.props.place} could not be shown</p>
        <p className="max-w-120 text-muted">
          The page met an error it did not expect. Sessions, approvals and the Gate are not affected: they run
          outside this window.
        </p>
        <p className="max-w-120 font-mono text-sm wrap-anywhere text-faint">{error.message}</p>
        <div className="mt-2 flex gap-2">
          <Button variant="primary" onClick={() => this.setState({ error: null })}>
            Try again
          </Button>
          <Button onClick={() => window.location.reload()}>Reload the window</Button>
        </div>
      </div>
    );
  }
}
