import { Checkbox as BaseCheckbox } from '@base-ui/react/checkbox';
import { Select as BaseSelect } from '@base-ui/react/select';
import { Check, ChevronDown, CircleAlert } from 'lucide-react';
import {
  createContext,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type TextareaHTMLAttributes,
  use,
  useId,
} from 'react';
import { cx } from './cx.ts';

interface FieldIds {
  control: string;
  described: string | undefined;
  invalid: boolean;
}
const FieldContext = createContext<FieldIds | null>(null);

export interface FieldProps {
  label: string;
  /** One line of help under the label. */
  hint?: ReactNode;
  /** What is wrong with the value, as one types. */
  error?: string | null | undefined;
  /** Beside the label, faint: "optional". */
  note?: string | undefined;
  className?: string | undefined;
  children: ReactNode;
}

/** Label, control, hint and inline error; the control inside finds its ids through context. */
export function Field({ label, hint, error, note, className, children }: FieldProps) {
  const id = useId();
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  const described = [errorId, hintId].filter(Boolean).join(' ') || undefined;
  return (
    <FieldContext value={{ control: id, described, invalid: Boolean(error) }}>
      <div className={cx('flex min-w-0 flex-col gap-1', className)}>
        <label htmlFor={id} className="flex items-baseline gap-2 font-medium text-fg">
          {label}
          {note ? <span className="text-sm font-normal text-faint">{note}</span> : null}
        </label>
        {children}
        {error ? (
          <p id={errorId} role="alert" className="flex items-start gap-1 text-sm text-deny">
            <CircleAlert size={13} className="mt-0.5 shrink-0" aria-hidden="true" />
            {error}
          </p>
        ) : null}
        {hint ? (
          <p id={hintId} className="text-sm text-faint">
            {hint}
          </p>
        ) : null}
      </div>
    </FieldContext>
  );
}

const control =
  'w-full min-w-0 rounded-md border bg-sunken px-2 text-fg disabled:opacity-55 ' +
  'focus-visible:outline-2 focus-visible:outline-offset-0 focus-visible:outline-accent';

function useControlProps(props: { id?: string | undefined; 'aria-describedby'?: string | undefined }) {
  const field = use(FieldContext);
  return {
    id: props.id ?? field?.control,
    'aria-describedby': props['aria-describedby'] ?? field?.described,
    'aria-invalid': field?.invalid || undefined,
    border: field?.invalid ? 'border-deny' : 'border-input-line',
  };
}

export interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  mono?: boolean | undefined;
  ref?: Ref<HTMLInputElement> | undefined;
}

export function Input({ mono, className, ...rest }: InputProps) {
  const { border, ...a11y } = useControlProps(rest);
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...rest}
      {...a11y}
      className={cx(control, border, 'h-8', mono && 'font-mono', className)}
    />
  );
}

export interface TextareaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  mono?: boolean | undefined;
  ref?: Ref<HTMLTextAreaElement> | undefined;
}

export function Textarea({ mono, className, ...rest }: TextareaProps) {
  const { border, ...a11y } = useControlProps(rest);
  return (
    <textarea
      rows={3}
      spellCheck={!mono}
      {...rest}
      {...a11y}
      className={cx(control, border, 'resize-y py-1.5', mono && 'font-mono', className)}
    />
  );
}

export interface SelectOption<T extends string> {
  value: T;
  label: string;
  /** Second line in the list. */
  description?: string | undefined;
  disabled?: boolean | undefined;
}

export interface SelectProps<T extends string> {
  value: T;
  onChange: (value: T) => void;
  options: readonly SelectOption<T>[];
  disabled?: boolean | undefined;
  className?: string | undefined;
  'aria-label'?: string | undefined;
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  disabled,
  className,
  ...rest
}: SelectProps<T>) {
  const { border, ...a11y } = useControlProps({});
  return (
    <BaseSelect.Root
      value={value}
      onValueChange={(next) => {
        if (next !== null) onChange(next as T);
      }}
      items={options}
      disabled={disabled ?? false}
    >
      <BaseSelect.Trigger
        {...a11y}
        aria-label={rest['aria-label']}
        className={cx(control, border, 'flex h-8 items-center justify-between gap-2 text-left', className)}
      >
        <BaseSelect.Value className="truncate" />
        <BaseSelect.Icon className="shrink-0 text-faint">
          <ChevronDown size={14} aria-hidden="true" />
        </BaseSelect.Icon>
      </BaseSelect.Trigger>
      <BaseSelect.Portal>
        <BaseSelect.Positioner sideOffset={4} alignItemWithTrigger={false} className="z-50">
          <BaseSelect.Popup className="max-h-80 min-w-(--anchor-width) overflow-y-auto rounded-md border border-line-strong bg-raised p-1">
            {options.map((option) => (
              <BaseSelect.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled ?? false}
                className="flex cursor-default items-start gap-2 rounded-sm py-1.5 pr-3 pl-2 outline-none data-disabled:opacity-55 data-highlighted:bg-hover"
              >
                <span className="flex size-5 shrink-0 items-center justify-center text-accent">
                  <BaseSelect.ItemIndicator>
                    <Check size={14} aria-hidden="true" />
                  </BaseSelect.ItemIndicator>
                </span>
                <span className="flex min-w-0 flex-col">
                  <BaseSelect.ItemText>{option.label}</BaseSelect.ItemText>
                  {option.description ? (
                    <span className="text-sm text-faint">{option.description}</span>
                  ) : null}
                </span>
              </BaseSelect.Item>
            ))}
          </BaseSelect.Popup>
        </BaseSelect.Positioner>
      </BaseSelect.Portal>
    </BaseSelect.Root>
  );
}

export interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  label: ReactNode;
  hint?: ReactNode;
  disabled?: boolean | undefined;
}

export function Checkbox({ checked, onChange, label, hint, disabled }: CheckboxProps) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <BaseCheckbox.Root
        id={id}
        checked={checked}
        onCheckedChange={onChange}
        disabled={disabled ?? false}
        aria-describedby={hint ? `${id}-hint` : undefined}
        className="mt-0.5 flex size-4 shrink-0 items-center justify-center rounded-sm border border-input-line bg-sunken data-checked:border-transparent data-checked:bg-accent-solid data-checked:text-on-accent data-disabled:opacity-55"
      >
        <BaseCheckbox.Indicator>
          <Check size={12} strokeWidth={3} aria-hidden="true" />
        </BaseCheckbox.Indicator>
      </BaseCheckbox.Root>
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {hint ? (
          <p id={`${id}-hint`} className="text-sm text-faint">
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  );
}
