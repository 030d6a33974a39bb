// Which of the API's kinds of operating system an appliance's words mean. Pure.

/** Words of VMware (`windows2019srv_64Guest`), VirtualBox (`Ubuntu_64`) and descriptions, most particular first. */
const words: readonly (readonly [RegExp, string])[] = [
  [/windows.?(?:11|2022|2025)|win11/, 'win11'],
  [/windows.?(?:9|10|2016|2019|server.?20(?:16|19))|win(?:dows)?.?10/, 'win10'],
  [/windows.?(?:8|2012|server.?2012)|win8/, 'win8'],
  [/windows.?(?:7|2008r2|server.?2008.?r2)|win7/, 'win7'],
  [/windows.?(?:2008|server.?2008)|winlonghorn|longhorn/, 'w2k8'],
  [/vista/, 'wvista'],
  [/win(?:dows)?.?(?:net|2003|server.?2003)/, 'w2k3'],
  [/win(?:dows)?.?xp/, 'wxp'],
  [/win(?:dows)?.?2000|win2k/, 'w2k'],
  [/solaris|openindiana|illumos/, 'solaris'],
  [
    /linux|ubuntu|debian|centos|rhel|red.?hat|fedora|suse|sles|rocky|alma|oracle|arch|gentoo|photon|coreos|amazon/,
    'l26',
  ],
];
/** CIM_OperatingSystem.OSType numbers of systems with a Linux kernel. */
const linuxIds = new Set([
  36, 79, 80, 82, 83, 84, 85, 88, 89, 93, 94, 95, 96, 97, 98, 99, 100, 101, 106, 107, 108, 109,
]);
const windowsIds: Readonly<Record<number, string>> = {
  67: 'wxp',
  69: 'w2k3',
  70: 'w2k3',
  73: 'wvista',
  74: 'wvista',
  76: 'w2k8',
  77: 'w2k8',
  103: 'win7',
  105: 'win7',
  113: 'win8',
  114: 'win8',
  115: 'win8',
  116: 'win8',
  120: 'win10',
  121: 'win10',
};

/** Undefined when nothing tells. */
export function osTypeOf(text: string, id: number | undefined): string | undefined {
  const lower = text.toLowerCase();
  const found = words.find(([pattern]) => pattern.test(lower));
  if (found) return found[1];
  if (id === undefined) return undefined;
  return linuxIds.has(id) ? 'l26' : windowsIds[id];
}
