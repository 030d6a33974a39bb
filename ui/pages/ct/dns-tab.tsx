// How a container is called and whom it asks for names.
import { words } from '../../forms/plain-rules.ts';
import { t } from '../../i18n/index.ts';
import { SettingList, type SettingSpec } from '../guest/setting-list.tsx';

const spaced = (text: string) => {
  const list = words(text);
  return list.length > 0 ? list.join(' ') : undefined;
};

export default function DnsTab() {
  const settings: readonly SettingSpec[] = [
    { key: 'hostname', label: t('ct.dns.hostname'), control: 'text' },
    {
      key: 'nameserver',
      label: t('ct.dns.nameserver'),
      hint: t('ct.dns.nameserverHint'),
      control: 'text',
      none: t('ct.dns.asNode'),
      write: spaced,
    },
    {
      key: 'searchdomain',
      label: t('ct.dns.searchdomain'),
      hint: t('ct.dns.searchdomainHint'),
      control: 'text',
      none: t('ct.dns.asNode'),
      write: spaced,
    },
  ];
  return <SettingList settings={settings} />;
}
