// The last look before a container is created: what it will be, in words.
import { bytes } from '../../format/show.ts';
import type { RequestParams } from '../../forms/as-request.ts';
import { type CreateCtForm, createCtParams, createCtSecrets } from '../../forms/create-ct.ts';
import { readSshKeys } from '../../forms/ssh-keys.ts';
import { t, tn } from '../../i18n/index.ts';
import { GuestReview } from '../create-guest/guest-review.tsx';
import { Addresses, ConnectionText } from '../ct/nic-text.tsx';

const mebibyte = 1024 ** 2;

export function CreateCtReview(props: { form: CreateCtForm }) {
  const form = () => props.form;
  const access = () => {
    const keys = readSshKeys(form().sshKeys).length;
    return [
      form().password === '' ? '' : t('ct.create.accessPassword'),
      keys === 0 ? '' : tn('ct.create.accessKeys', keys),
    ]
      .filter(Boolean)
      .join(', ');
  };
  const swap = () => Number(form().swapMiB) * mebibyte;
  return (
    <GuestReview
      kind="lxc"
      params={createCtParams(form()) as RequestParams}
      secrets={createCtSecrets}
      facts={[
        { name: t('ct.create.hostname'), value: form().hostname || `CT${form().vmid}` },
        { name: t('ct.create.vmid'), value: form().vmid },
        { name: t('create.node'), value: form().node },
        { name: t('ct.create.template'), value: form().template },
        {
          name: t('ct.isolation'),
          value: form().unprivileged ? t('ct.unprivilegedText') : t('ct.privilegedText'),
        },
        { name: t('feature.nesting'), value: form().nesting ? t('common.on') : t('common.off') },
        { name: t('ct.create.access'), value: access() },
        {
          name: t('ct.root'),
          value: t('ct.create.rootText', {
            size: bytes(Number(form().rootGiB) * 1024 * mebibyte),
            storage: form().storage,
          }),
        },
        {
          name: t('hardware.processor'),
          value: form().cores.trim() === '' ? t('ct.allCores') : tn('unit.cores', Number(form().cores)),
        },
        {
          name: t('create.memory'),
          value: [
            bytes(Number(form().memoryMiB) * mebibyte),
            swap() === 0 ? t('ct.noSwap') : t('ct.swapText', { swap: bytes(swap()) }),
          ].join(' · '),
        },
        {
          name: t('create.network'),
          value:
            form().network === 'none' ? (
              t('create.noNetwork')
            ) : (
              <>
                <p>
                  {form().nic.name} · <ConnectionText nic={form().nic} />
                </p>
                <Addresses nic={form().nic} />
              </>
            ),
        },
        { name: t('ct.dns.nameserver'), value: form().nameserver.trim() || t('ct.dns.asNode') },
        { name: t('create.start'), value: form().start ? t('common.yes') : t('common.no') },
      ]}
    />
  );
}
