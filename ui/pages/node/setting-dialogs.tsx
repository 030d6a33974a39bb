// The dialogs that change a node's notes and start, name servers, time zone and /etc/hosts.
import { createSignal } from 'solid-js';
import type { DnsSettings, NodeConfig } from '../../../server/contract/node-settings.ts';
import { api } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { FormDialog } from '../../components/form-dialog.tsx';
import { createSubmission } from '../../components/submission.ts';
import { offeredZones } from '../../forms/time-zones.ts';
import { t } from '../../i18n/index.ts';

interface DialogProps<T> {
  node: string;
  before: T;
  onClose: () => void;
  onSaved: () => void;
}

const servers = ['dns1', 'dns2', 'dns3'] as const;
const serverLabels = {
  dns1: 'nodeSettings.server1',
  dns2: 'nodeSettings.server2',
  dns3: 'nodeSettings.server3',
} as const;

export function GeneralDialog(props: DialogProps<NodeConfig>) {
  const { description = '', digest, 'startall-onboot-delay': delay = 0 } = props.before;
  const [notes, setNotes] = createSignal(description);
  const [wait, setWait] = createSignal(String(delay));
  const [target, setTarget] = createSignal(String(props.before['ballooning-target'] ?? 80));
  return (
    <FormDialog
      title={t('nodeSettings.generalTitle', { node: props.node })}
      fields={['description', 'startall-onboot-delay', 'ballooning-target']}
      wide
      onClose={props.onClose}
      action={t('common.save')}
      run={async () => {
        const gone = [
          notes() === '' ? 'description' : '',
          wait().trim() === '' ? 'startall-onboot-delay' : '',
          ['', '80'].includes(target().trim()) ? 'ballooning-target' : '',
        ];
        await api('PUT /nodes/{node}/config', {
          node: props.node,
          ...(notes() === '' ? {} : { description: notes() }),
          ...(wait().trim() === '' ? {} : { 'startall-onboot-delay': Number(wait()) }),
          ...(['', '80'].includes(target().trim()) ? {} : { 'ballooning-target': Number(target()) }),
          ...(gone.some(Boolean) ? { delete: gone.filter(Boolean).join(',') } : {}),
          ...(digest === undefined ? {} : { digest }),
        });
        props.onSaved();
      }}
    >
      {(errorOf) => (
        <>
          <TextArea
            label={t('nodeSettings.notes')}
            rows={8}
            value={notes()}
            onValue={setNotes}
            error={errorOf('description')}
          />
          <TextField
            label={t('nodeSettings.startWait')}
            hint={t('nodeSettings.startWaitHint')}
            value={wait()}
            onValue={setWait}
            error={errorOf('startall-onboot-delay')}
          />
          <TextField
            label={t('nodeSettings.memoryTarget')}
            hint={t('nodeSettings.memoryTargetHint')}
            value={target()}
            onValue={setTarget}
            error={errorOf('ballooning-target')}
          />
        </>
      )}
    </FormDialog>
  );
}

export function DnsDialog(props: DialogProps<DnsSettings>) {
  const { dns1 = '', dns2 = '', dns3 = '', search = '' } = props.before;
  const [form, setForm] = createSignal({ dns1, dns2, dns3, search });
  const set = (name: keyof DnsSettings, value: string) => setForm({ ...form(), [name]: value });
  return (
    <FormDialog
      title={t('nodeSettings.dnsTitle', { node: props.node })}
      fields={[...servers, 'search']}
      onClose={props.onClose}
      action={t('common.save')}
      run={async () => {
        const { search, ...addresses } = form();
        const given = Object.entries(addresses)
          .map(([name, text]) => [name, text.trim()] as const)
          .filter(([, text]) => text !== '');
        await api('PUT /nodes/{node}/dns', {
          node: props.node,
          search: search.trim(),
          ...Object.fromEntries(given),
        });
        props.onSaved();
      }}
    >
      {(errorOf) => (
        <>
          {servers.map((name) => (
            <TextField
              label={t(serverLabels[name])}
              hint={name === 'dns1' ? t('nodeSettings.serverHint') : undefined}
              value={form()[name]}
              onValue={(value) => set(name, value)}
              error={errorOf(name)}
              mono
            />
          ))}
          <TextField
            label={t('nodeSettings.search')}
            hint={t('nodeSettings.searchHint')}
            value={form().search}
            onValue={(value) => set('search', value)}
            error={errorOf('search')}
          />
        </>
      )}
    </FormDialog>
  );
}

export function ZoneDialog(props: DialogProps<string>) {
  const [zone, setZone] = createSignal(props.before);
  return (
    <FormDialog
      title={t('nodeSettings.zoneTitle', { node: props.node })}
      fields={['timezone']}
      onClose={props.onClose}
      action={t('common.save')}
      run={async () => {
        await api('PUT /nodes/{node}/time', { node: props.node, timezone: zone() });
        props.onSaved();
      }}
    >
      {(errorOf) => (
        <SelectField
          label={t('nodeSettings.zone')}
          hint={t('nodeSettings.zoneHint')}
          value={zone()}
          onValue={setZone}
          choices={offeredZones(Intl.supportedValuesOf('timeZone'), props.before).map((value) => ({
            value,
            label: value.replaceAll('_', ' '),
          }))}
          error={errorOf('timezone')}
        />
      )}
    </FormDialog>
  );
}

export function HostsDialog(props: DialogProps<{ data: string; digest?: string | undefined }>) {
  // As it was when the dialog was opened: what somebody else writes meanwhile must not be overwritten unseen.
  const [text, setText] = createSignal(props.before.data);
  const [digest, setDigest] = createSignal(props.before.digest);
  const reading = createSubmission(async () => {
    const now = await api('GET /nodes/{node}/hosts', { node: props.node });
    setText(now.data);
    setDigest(now.digest);
  });
  return (
    <FormDialog
      title={t('nodeSettings.hostsTitle', { node: props.node })}
      fields={['data']}
      wide
      onClose={props.onClose}
      action={t('common.save')}
      run={async () => {
        await api('POST /nodes/{node}/hosts', {
          node: props.node,
          data: text(),
          ...(digest() === undefined ? {} : { digest: digest() }),
        });
        props.onSaved();
      }}
    >
      {(errorOf) => (
        <>
          <TextArea
            label={t('nodeSettings.hostsField')}
            hint={t('nodeSettings.hostsHint')}
            rows={14}
            value={text()}
            onValue={setText}
            error={errorOf('data')}
            mono
          />
          <Button class="self-start" busy={reading.busy()} onClick={() => void reading.submit()}>
            {t('nodeSettings.readAgain')}
          </Button>
          <ErrorNote error={reading.error()} />
        </>
      )}
    </FormDialog>
  );
}
