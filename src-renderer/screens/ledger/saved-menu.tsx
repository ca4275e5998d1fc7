import { Bookmark, BookmarkPlus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { AuditFilter } from '#contract';
import { useRemembered } from '../../state/index.ts';
import {
  Button,
  Dialog,
  Field,
  Input,
  Menu,
  type MenuAction,
  notify,
  visibleString,
} from '../../ui/index.ts';
import { formatToken, isEmptyFilter, tokensOf } from './filter.ts';
import { nameProblem, savedAs, savedFilters, withoutSaved, withSaved } from './saved-filters.ts';

export interface SavedMenuProps {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
  onSave: () => void;
}

/** Filters with names: use one, keep this one, delete the one in use. */
export function SavedMenu({ filter, onFilter, onSave }: SavedMenuProps) {
  const [saved, setSaved] = useRemembered(savedFilters);
  const current = savedAs(saved, filter);
  const remove = () => {
    if (!current) return;
    setSaved(withoutSaved(saved, current.name));
    notify.done(`Deleted the filter “${current.name}”`);
  };
  const actions: MenuAction[] = [
    ...saved.map((each) => ({
      id: each.name,
      label: visibleString(each.name),
      icon: Bookmark,
      run: () => onFilter(each.filter),
    })),
    {
      id: ' save',
      label: 'Save this filter…',
      icon: BookmarkPlus,
      shortcut: 'S',
      separated: saved.length > 0,
      disabled: isEmptyFilter(filter),
      run: onSave,
    },
    ...(current
      ? [
          {
            id: ' delete',
            label: `Delete “${visibleString(current.name)}”`,
            icon: Trash2,
            danger: true,
            run: remove,
          },
        ]
      : []),
  ];
  return (
    <Menu
      trigger={<Button icon={Bookmark}>{current ? visibleString(current.name) : 'Saved'}</Button>}
      actions={actions}
    />
  );
}

export function SaveFilterDialog({ filter, onClose }: { filter: AuditFilter; onClose: () => void }) {
  const [saved, setSaved] = useRemembered(savedFilters);
  const [name, setName] = useState(savedAs(saved, filter)?.name ?? '');
  const [tried, setTried] = useState(false);
  const problem = nameProblem(name, saved);
  const words = [...tokensOf(filter).map(formatToken), filter.q ?? ''].filter(Boolean).join(' ');
  const replaces = saved.length !== withoutSaved(saved, name.trim()).length;
  const save = () => {
    setTried(true);
    if (problem) return;
    setSaved(withSaved(saved, name, filter));
    notify.done(`Saved as “${name.trim()}”`);
    onClose();
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Save this filter"
      description={<code className="wrap-anywhere">{visibleString(words)}</code>}
      size="sm"
      onSubmit={save}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary">
            {replaces ? 'Replace filter' : 'Save filter'}
          </Button>
        </>
      }
    >
      <Field
        label="Name"
        error={tried || name.trim().length > 60 ? problem : null}
        hint={replaces ? 'There is one of this name; it will be replaced.' : 'Kept on this machine.'}
      >
        <Input
          value={name}
          onChange={(event) => setName(event.target.value)}
          placeholder="Denied this week"
        />
      </Field>
    </Dialog>
  );
}
