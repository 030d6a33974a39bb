// The dialogs that change what a container may use of processor and memory, and that give it a device of the node.
import { createSignal } from 'solid-js';
import { CheckField, TextField } from '../../components/field.tsx';
import { bytes } from '../../format/show.ts';
import { freeCtKey } from '../../forms/ct-config.ts';
import { settingOf } from '../../forms/guest-config.ts';
import { t } from '../../i18n/index.ts';
import { EditDialog } from '../guest/edit-dialog.tsx';
import { useGuest } from '../guest/guest-context.ts';
import { problemText } from '../guest/problem-text.ts';

const orNothing = (text: string) => (text.trim() === '' ? undefined : text.trim());

export function CtMemoryDialog(props: { onClose: () => void }) {
  const ct = useGuest();
  const wanted = (key: string) => settingOf(ct.config.data() ?? [], key).wanted ?? '512';
  const [memory, setMemory] = createSignal(wanted('memory'));
  const [swap, setSwap] = createSignal(wanted('swap'));
  const size = (text: string) => (/^\d+$/.test(text.trim()) ? bytes(Number(text) * 1024 ** 2) : undefined);
  return (
    <EditDialog
      title={t('create.memory')}
      field="memory"
      fields={['swap']}
      onClose={props.onClose}
      change={() => ({ memory: memory().trim(), swap: swap().trim() })}
    >
      {(error) => (
        <div class="grid gap-4 sm:grid-cols-2">
          <TextField
            label={t('create.memory')}
            suffix="MiB"
            inputmode="numeric"
            value={memory()}
            onValue={setMemory}
            error={error()}
            hint={size(memory())}
            autofocus
          />
          <TextField
            label={t('ct.swap')}
            suffix="MiB"
            inputmode="numeric"
            value={swap()}
            onValue={setSwap}
            error={error('swap')}
            hint={t('ct.swapHint')}
          />
        </div>
      )}
    </EditDialog>
  );
}

export function CpuDialog(props: { onClose: () => void }) {
  const ct = useGuest();
  const wanted = (key: string) => settingOf(ct.config.data() ?? [], key).wanted ?? '';
  const [cores, setCores] = createSignal(wanted('cores'));
  const [limit, setLimit] = createSignal(wanted('cpulimit'));
  const [units, setUnits] = createSignal(wanted('cpuunits'));
  return (
    <EditDialog
      title={t('ct.cpu')}
      field="cores"
      fields={['cpulimit', 'cpuunits']}
      onClose={props.onClose}
      change={() => ({
        cores: orNothing(cores()),
        cpulimit: orNothing(limit().replace(',', '.')),
        cpuunits: orNothing(units()),
      })}
    >
      {(error) => (
        <div class="grid items-start gap-4 sm:grid-cols-3">
          <TextField
            label={t('ct.cores')}
            inputmode="numeric"
            value={cores()}
            onValue={setCores}
            error={error()}
            hint={t('ct.coresHint')}
            autofocus
          />
          <TextField
            label={t('ct.cpulimit')}
            inputmode="decimal"
            value={limit()}
            onValue={setLimit}
            error={error('cpulimit')}
            hint={t('ct.cpulimitHint')}
          />
          <TextField
            label={t('ct.cpuunits')}
            inputmode="numeric"
            value={units()}
            onValue={setUnits}
            error={error('cpuunits')}
            hint={t('ct.cpuunitsHint')}
          />
        </div>
      )}
    </EditDialog>
  );
}

export function AddDeviceDialog(props: { onClose: () => void }) {
  const ct = useGuest();
  const [path, setPath] = createSignal('/dev/');
  const [mode, setMode] = createSignal('');
  const [uid, setUid] = createSignal('');
  const [gid, setGid] = createSignal('');
  const [denyWrite, setDenyWrite] = createSignal(false);
  const [tried, setTried] = createSignal(false);
  const key = () => freeCtKey('dev', ct.config.data() ?? []) ?? 'dev0';
  const isId = (text: string) => text.trim() === '' || /^\d+$/.test(text.trim());
  const problem = {
    path: () => (/^\/dev\/[^,\s]+$/.test(path().trim()) ? undefined : 'device'),
    mode: () => (mode().trim() === '' || /^0[0-7]{3}$/.test(mode().trim()) ? undefined : 'mode'),
    uid: () => (isId(uid()) ? undefined : 'id'),
    gid: () => (isId(gid()) ? undefined : 'id'),
  };
  const ready = () => Object.values(problem).every((one) => one() === undefined);
  const shown = (field: keyof typeof problem) => (tried() ? problemText(problem[field]()) : undefined);
  const text = () =>
    [
      path().trim(),
      ...(mode().trim() === '' ? [] : [`mode=${mode().trim()}`]),
      ...(uid().trim() === '' ? [] : [`uid=${uid().trim()}`]),
      ...(gid().trim() === '' ? [] : [`gid=${gid().trim()}`]),
      ...(denyWrite() ? ['deny-write=1'] : []),
    ].join(',');
  return (
    <EditDialog
      title={t('ct.addDevice')}
      action={t('ct.addDevice')}
      field={key()}
      onClose={props.onClose}
      check={() => {
        setTried(true);
        return ready();
      }}
      change={() => ({ [key()]: text() })}
    >
      {(error) => (
        <>
          <TextField
            label={t('ct.dev.path')}
            value={path()}
            onValue={setPath}
            error={shown('path') ?? error()}
            hint={t('ct.dev.pathHint')}
            mono
            autofocus
          />
          <div class="grid items-start gap-4 sm:grid-cols-3">
            <TextField
              label={t('ct.dev.mode')}
              value={mode()}
              onValue={setMode}
              error={shown('mode')}
              hint={t('ct.dev.modeHint')}
              mono
            />
            <TextField
              label={t('ct.dev.uid')}
              inputmode="numeric"
              value={uid()}
              onValue={setUid}
              error={shown('uid')}
            />
            <TextField
              label={t('ct.dev.gid')}
              inputmode="numeric"
              value={gid()}
              onValue={setGid}
              error={shown('gid')}
            />
          </div>
          <CheckField label={t('ct.dev.denyWrite')} checked={denyWrite()} onValue={setDenyWrite} />
        </>
      )}
    </EditDialog>
  );
}
