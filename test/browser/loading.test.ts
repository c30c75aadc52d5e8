/** How hosts bring the plugin in: from another origin, with every policy, and with everything that can be missing. */
import { describe, expect, it } from 'vitest';
import { useBrowser } from './harness.js';

const lab = useBrowser();

describe('the plugin from another origin', () => {
  for (const isolated of [false, true]) {
    it(`sounds within a second of its creation on a page that is ${isolated ? '' : 'not '}isolated`, async () => {
      const { page } = await lab.open({ isolated });
      const result = await page.evaluate(async (url) => {
        const context = new AudioContext({ sampleRate: 48_000 });
        await host.group(context);
        await host.load(url);
        const start = performance.now();
        const plugin = await host.create(url, context);
        const created = (performance.now() - start) / 1000;
        const heard = await host.secondsUntilSound(plugin, 5);
        await context.close();
        return { created, heard, isolated: crossOriginIsolated };
      }, lab.plugin.url);
      expect(result.isolated).toBe(isolated);
      expect(result.heard).not.toBeNull();
      console.log(`created in ${result.created.toFixed(2)} s, heard ${result.heard!.toFixed(2)} s later`);
      expect(result.heard!).toBeLessThan(1);
    });
  }

  it('is created in a context that is suspended', async () => {
    const page = await lab.page();
    const state = await page.evaluate(async (url) => {
      const context = new AudioContext();
      await context.suspend();
      const plugin = await host.create(url, context);
      await plugin.setState(await plugin.getState());
      const { state } = context;
      await context.close();
      return state;
    }, lab.plugin.url);
    expect(state).toBe('suspended');
  });

  it('shows hosts a class, a complete descriptor and a processor of this build', async () => {
    const page = await lab.page();
    const found = await page.evaluate(async (url) => {
      const Plugin = await host.load(url);
      const context = host.offlineContext({ seconds: 0.1 });
      const plugin = await host.create(url, context);
      const json = (await (await fetch(new URL('descriptor.json', url))).json()) as Record<string, unknown>;
      const thumbnail = await fetch(new URL(String(json.thumbnail), url), { method: 'HEAD' });
      const source = await (await fetch(url)).text();
      const { audioNode, descriptor } = plugin;
      return {
        // As hosts look: static flag, source text, instance flag.
        isConstructor: (Plugin as unknown as { isWebAudioModuleConstructor: boolean })
          .isWebAudioModuleConstructor,
        isClass: /\bclass[\s{]/.test(source),
        isModule: plugin.isWebAudioModule,
        json,
        descriptor: { ...descriptor },
        moduleId: plugin.moduleId,
        inputs: audioNode.numberOfInputs,
        outputs: audioNode.numberOfOutputs,
        thumbnail: [thumbnail.ok, thumbnail.headers.get('Content-Type')],
      };
    }, lab.plugin.url);
    expect(found).toMatchObject({
      isConstructor: true,
      isClass: true,
      isModule: true,
      inputs: 1,
      outputs: 1,
    });
    // A host drops the plugin when the two disagree.
    expect(found.descriptor).toEqual(found.json);
    expect(found.json).toMatchObject({
      apiVersion: expect.stringMatching(/^2\./) as string,
      isInstrument: true,
      hasAudioInput: true,
      hasAudioOutput: true,
    });
    for (const kind of ['Audio', 'Midi', 'Automation', 'Mpe', 'Osc', 'Sysex'])
      for (const way of ['Input', 'Output']) expect(found.json[`has${kind}${way}`]).toBeTypeOf('boolean');
    for (const key of ['identifier', 'name', 'vendor', 'version', 'description', 'website'])
      expect(found.json[key]).toMatch(/./);
    expect(found.json.keywords).toContain('terrain');
    expect(found.thumbnail).toEqual([true, 'image/png']);
    expect(found.moduleId.startsWith(`${String(found.json.identifier)}.`)).toBe(true);
  });

  it('gives every instance its own id, also when they are made at once', async () => {
    const page = await lab.page();
    const ids = await page.evaluate(async (url) => {
      const Plugin = (await host.load(url)) as unknown as new (
        g: string,
        c: BaseAudioContext,
      ) => { instanceId: string };
      const context = host.offlineContext({ seconds: 0.1 });
      return Array.from({ length: 50 }, () => new Plugin('group', context).instanceId);
    }, lab.plugin.url);
    expect(new Set(ids).size).toBe(50);
  });

  it('lets two builds live on one page, each with its own processor and face', async () => {
    const page = await lab.page();
    const moduleId = await page.evaluate(async (url) => {
      const plugin = await host.create(url, host.offlineContext({ seconds: 0.1 }));
      return plugin.moduleId;
    }, lab.plugin.url);
    // Another build of the same sources: only its id differs.
    const id = moduleId.split('.').at(-1);
    const other = lab.plugin.variant((path, answer) => {
      if (/^(index|processor)\.js$/.test(path))
        answer.body = Buffer.from(answer.body.toString().replaceAll(id, '0123456789'));
    });
    const found = await page.evaluate(
      async ([one, two]) => {
        const context = host.offlineContext({ seconds: 0.5 });
        const plugins = [await host.create(one!, context), await host.create(two!, context)];
        const faces = await Promise.all(plugins.map((plugin) => plugin.createGui()));
        for (const plugin of plugins) plugin.audioNode.connect(context.destination);
        const ids = plugins.map((plugin) => plugin.moduleId);
        // Each answers to its own messages.
        await plugins[0]!.setState({ parameters: { x: 0.25 } });
        const states = await Promise.all(plugins.map((plugin) => plugin.getState()));
        const { peak } = await host.finish(context);
        return {
          ids,
          tags: faces.map((face) => face.localName),
          identifiers: plugins.map((plugin) => plugin.descriptor.identifier),
          x: states.map((state) => (state as { parameters: { x: number } }).parameters.x),
          peak,
        };
      },
      [lab.plugin.url, other],
    );
    expect(new Set(found.ids).size).toBe(2);
    expect(new Set(found.tags).size).toBe(2);
    expect(new Set(found.identifiers).size).toBe(1);
    expect(found.x).toEqual([0.25, 0.5]);
    expect(found.peak).toBeGreaterThan(0.001);
  });
});

describe('a page that forbids workers', () => {
  it('gets its sound all the same', async () => {
    const { origin } = new URL(lab.plugin.url);
    const test = await lab.open({
      policy: `worker-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob: ${origin}`,
    });
    const peak = await test.page.evaluate(
      async (url) => (await host.render(url, { seconds: 0.3 })).peak,
      lab.plugin.url,
    );
    expect(peak).toBeGreaterThan(0.001);
    // The browser itself reports what the page's policy stopped.
    expect(test.complaints.splice(0).filter((line) => !/Content Security Policy/.test(line))).toEqual([]);
  });
});

describe('a server', () => {
  it('that calls .wasm something else is good enough', async () => {
    const url = lab.plugin.variant((path, answer) => {
      if (path === 'engine.wasm') answer.type = 'application/octet-stream';
    });
    const page = await lab.page();
    const peak = await page.evaluate(async (at) => (await host.render(at, { seconds: 0.3 })).peak, url);
    expect(peak).toBeGreaterThan(0.001);
  });

  const files = [
    'processor.js',
    'engine.wasm',
    'workers/loader.js',
    'assets/instrument/decoder.onnx',
    'assets/terrains/index.json',
  ];
  for (const file of files) {
    it(`that lacks ${file} makes creation fail with its name, and a later attempt works`, async () => {
      let missing = true;
      const url = lab.plugin.variant((path, answer) => {
        if (path === 'mended') {
          missing = false;
          Object.assign(answer, { status: 200 });
        } else if (missing && path === file) {
          Object.assign(answer, { status: 404, type: 'text/plain', body: Buffer.alloc(0) });
        }
      });
      const test = await lab.open();
      const attempts = await test.page.evaluate(async (at) => {
        const context = host.offlineContext({ seconds: 0.3 });
        const refusal = await host.refusal(host.create(at, context));
        await fetch(new URL('mended', at));
        // The same context: it remembers audio modules that failed.
        const plugin = await host.create(at, context);
        plugin.audioNode.connect(context.destination);
        return { refusal, peak: (await host.finish(context)).peak };
      }, url);
      expect(attempts.refusal.code).toBe('asset/missing');
      expect(attempts.refusal.message).toContain(file);
      expect(attempts.peak).toBeGreaterThan(0.001);
      expect(test.complaints.splice(0).every((line) => /404|Failed to load|import/.test(line))).toBe(true);
    });
  }

  it('that has a damaged instrument makes creation fail with a sentence', async () => {
    const url = lab.plugin.variant((path, answer) => {
      if (path.endsWith('decoder.onnx')) answer.body = answer.body.subarray(0, answer.body.length >> 1);
    });
    const page = await lab.page();
    const refusal = await page.evaluate(
      (at) => host.refusal(host.create(at, host.offlineContext({ seconds: 0.1 }))),
      url,
    );
    expect(refusal.code).toBe('model/unreadable');
  });
});

describe('a host', () => {
  it('that did not initialise the context is told so, and may do it and try again', async () => {
    const page = await lab.page();
    const [refusal, peak] = await page.evaluate(async (url) => {
      const Plugin = await host.load(url);
      const context = host.offlineContext({ seconds: 0.3 });
      const first = await host.refusal(Plugin.createInstance('some-group', context));
      const plugin = await host.create(url, context);
      plugin.audioNode.connect(context.destination);
      return [first, (await host.finish(context)).peak] as const;
    }, lab.plugin.url);
    expect(refusal.code).toBe('host/not-initialised');
    expect(refusal.message).toMatch(/initializeWamHost/);
    expect(peak).toBeGreaterThan(0.001);
  });

  it('that gives a group nobody knows is told so instead of waiting for ever', async () => {
    const page = await lab.page();
    const refusal = await page.evaluate(async (url) => {
      const Plugin = await host.load(url);
      const context = new AudioContext();
      await host.group(context);
      const refusal = await host.refusal(Plugin.createInstance('unknown-group', context));
      await context.close();
      return refusal;
    }, lab.plugin.url);
    expect(refusal.code).toBe('host/not-initialised');
    expect(refusal.message).toMatch(/«unknown-group»/);
  });

  it('that gives a closed context is told so', async () => {
    const page = await lab.page();
    const refusal = await page.evaluate(async (url) => {
      const context = new AudioContext();
      const group = await host.group(context);
      await context.close();
      return host.refusal((await host.load(url)).createInstance(group, context));
    }, lab.plugin.url);
    expect(refusal.code).toBe('audio/blocked');
  });
});
