// Shows openapi.json: methods in groups, opened one by one, filtered by what is typed.
const byId = (id) => document.getElementById(id);

function element(name, properties = {}, children = []) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

function ruleText(schema) {
  const rules = [schema.type ?? 'any'];
  if (schema.format) rules.push(schema.format);
  if (schema.enum) rules.push(`one of: ${schema.enum.join(', ')}`);
  if (schema.minimum !== undefined) rules.push(`from ${schema.minimum}`);
  if (schema.maximum !== undefined) rules.push(`to ${schema.maximum}`);
  if (schema.minLength !== undefined) rules.push(`at least ${schema.minLength} characters`);
  if (schema.maxLength !== undefined) rules.push(`at most ${schema.maxLength} characters`);
  if (schema.pattern) rules.push(`matches ${schema.pattern}`);
  if (schema.default !== undefined) rules.push(`default ${schema.default}`);
  if (schema['x-property-string']) rules.push(`keys: ${Object.keys(schema['x-property-string']).join(', ')}`);
  if (schema['x-requires']) rules.push(`needs ${schema['x-requires']}`);
  return rules.join('; ');
}

function parametersOf(operation) {
  const listed = (operation.parameters ?? []).map((p) => ({
    name: p.name,
    required: p.required,
    schema: p.schema,
  }));
  const content = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const inBody = Object.entries(content?.properties ?? {}).map(([name, schema]) => ({
    name,
    required: content.required.includes(name),
    schema,
  }));
  return [...listed, ...inBody];
}

function parameterTable(parameters) {
  const rows = parameters.map(({ name, required, schema }) => {
    const cell = element('td', {}, [element('code', { textContent: name })]);
    if (required) cell.append(element('span', { className: 'tag', textContent: 'required' }));
    if (schema['x-refused'])
      cell.append(element('span', { className: 'tag', textContent: 'not supported yet' }));
    return element('tr', {}, [cell, element('td', { textContent: ruleText(schema) })]);
  });
  const head = element('tr', {}, [
    element('th', { textContent: 'Parameter', scope: 'col' }),
    element('th', { textContent: 'Rule', scope: 'col' }),
  ]);
  return element('table', {}, [element('thead', {}, [head]), element('tbody', {}, rows)]);
}

function fill(body, operation) {
  body.append(element('p', { textContent: `Permission: ${operation['x-permission-text']}` }));
  const parameters = parametersOf(operation);
  body.append(
    parameters.length > 0 ? parameterTable(parameters) : element('p', { textContent: 'No parameters.' }),
  );
  const reply = operation.responses['200'].content['application/json'].schema.properties.data;
  body.append(
    element('h3', { textContent: 'Reply' }),
    element('pre', { textContent: JSON.stringify(reply, null, 2) }),
  );
}

function methodCard(verb, path, operation) {
  const summary = element('summary', {}, [
    element('span', { className: `verb ${verb}`, textContent: verb }),
    element('code', { textContent: path }),
    element('span', { className: 'soft', textContent: operation.summary }),
  ]);
  if (operation['x-croft-extension'])
    summary.append(element('span', { className: 'tag', textContent: 'Croft' }));
  const body = element('div', { className: 'body' });
  const card = element('details', { id: `${verb}${path}` }, [summary, body]);
  card.addEventListener('toggle', () => {
    if (card.open && body.childElementCount === 0) fill(body, operation);
  });
  const words = [verb, path, operation.summary, operation['x-permission-text']];
  words.push(...parametersOf(operation).map((parameter) => parameter.name));
  return { card, text: words.join(' ').toLowerCase() };
}

function show(description) {
  byId('version').textContent = description.info.version;
  byId('about').textContent = description.info.description;
  const groups = new Map();
  for (const [path, item] of Object.entries(description.paths)) {
    for (const [verb, operation] of Object.entries(item)) {
      const tag = operation.tags[0];
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(methodCard(verb.toUpperCase(), path, operation));
    }
  }
  for (const [tag, cards] of groups) {
    const heading = element('h2', { textContent: `/${tag}` });
    byId('methods').append(element('section', {}, [heading, ...cards.map(({ card }) => card)]));
  }
  const all = [...groups.values()].flat();
  const filter = () => {
    const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, text } of all) {
      card.hidden = !words.every((word) => text.includes(word));
      if (!card.hidden) shown += 1;
    }
    for (const section of document.querySelectorAll('section')) {
      section.hidden = ![...section.querySelectorAll('details')].some((card) => !card.hidden);
    }
    byId('count').textContent = `${shown} of ${all.length} methods`;
  };
  byId('search').addEventListener('input', filter);
  filter();
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (wanted instanceof HTMLDetailsElement) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

try {
  const response = await fetch('/api2/openapi.json');
  if (!response.ok) throw new Error(response.statusText);
  show(await response.json());
} catch (error) {
  byId('count').textContent = `The description could not be read: ${error.message}`;
}
