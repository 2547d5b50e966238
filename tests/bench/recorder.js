// Runs in every frame before the page's own scripts: keeps the moments (milliseconds since 1970, whole and parts) at
// which something was drawn, changed, sent or received. The canvas is never read back, which would slow the drawing;
// instead a fence behind each frame's calls tells when they were carried out, software rendering included.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  let top;
  try {
    top = window.top;
    top.atlasBench = top.atlasBench || {
      origin: performance.timeOrigin, input: 0, mutated: 0, drawn: 0, drawCalls: 0, frames: 0, waiting: 0,
      shaderMs: 0, programs: 0, uploadBytes: 0, wsIn: 0, wsOut: 0, wsMessages: 0, wsAsked: 0, first: {}, last: {},
    };
  } catch (fault) { return; }
  const held = top.atlasBench;
  const seen = (name) => { const at = now(); held.first[name] = held.first[name] || at; held.last[name] = at; };

  for (const kind of ["pointerdown", "keydown", "click"]) {
    window.addEventListener(kind, () => { if (!held.input) { held.input = now(); } }, true);
  }

  const hook = (proto, name, before, after) => {
    const own = proto[name];
    if (!own) { return; }
    proto[name] = function (...given) {
      if (before) { before(this, given); }
      const start = after ? performance.now() : 0;
      const result = own.apply(this, given);
      if (after) { after(performance.now() - start, given); }
      return result;
    };
  };
  const fenced = new WeakSet();
  const drew = (gl) => {
    held.drawCalls += 1;
    if (fenced.has(gl) || !gl.fenceSync) { return; }
    fenced.add(gl);
    held.waiting += 1;
    seen("draw");
    queueMicrotask(() => {
      fenced.delete(gl);
      held.frames += 1;
      const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
      gl.flush();
      const look = () => {
        if (fence && !gl.isContextLost() && gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) {
          setTimeout(look, 4);
          return;
        }
        if (fence) { gl.deleteSync(fence); }
        held.waiting -= 1;
        held.drawn = now();
        seen("drawn");
      };
      setTimeout(look, 0);
    });
  };
  for (const proto of [window.WebGL2RenderingContext?.prototype, window.WebGLRenderingContext?.prototype]) {
    if (!proto) { continue; }
    for (const name of ["drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced", "clear"]) {
      hook(proto, name, drew);
    }
    for (const name of ["compileShader", "linkProgram", "getProgramParameter", "getShaderParameter"]) {
      hook(proto, name, null, (took) => {
        held.shaderMs += took;
        if (name === "linkProgram") { held.programs += 1; seen("shader"); }
      });
    }
    hook(proto, "bufferData", (gl, given) => { held.uploadBytes += given[1]?.byteLength || 0; });
    hook(proto, "bufferSubData", (gl, given) => { held.uploadBytes += given[2]?.byteLength || 0; });
  }

  // The server's still picture, on the screen: told by the browser itself.
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.url.includes("/map-still")) {
        held.first.still = performance.timeOrigin + (entry.renderTime || entry.loadTime);
      }
    }
  }).observe({ type: "largest-contentful-paint", buffered: true });

  const size = (data) => data?.byteLength ?? data?.size ?? String(data ?? "").length;
  const Own = window.WebSocket;
  window.WebSocket = class extends Own {
    constructor(...given) {
      super(...given);
      this.addEventListener("open", () => seen("wsOpen"));
      this.addEventListener("message", (event) => {
        held.wsIn += size(event.data);
        held.wsMessages += 1;
        seen("wsIn");
      });
    }
    send(data) { held.wsOut += size(data); held.wsAsked += 1; seen("wsOut"); super.send(data); }
  };

  const SMALL = "[data-testid=stStatusWidget], [data-testid=stToolbar], head";
  const watch = new MutationObserver((changes) => {
    const counts = changes.some(({ target }) => {
      const element = target.nodeType === 1 ? target : target.parentElement;
      return element && !element.closest(SMALL);
    });
    if (!counts) { return; }
    held.waiting += 1;
    // After the frame in which the change was laid out and painted.
    requestAnimationFrame(() => setTimeout(() => {
      held.waiting -= 1;
      held.mutated = now();
      seen("mutated");
    }, 0));
  });
  watch.observe(document, {
    subtree: true, childList: true, characterData: true, attributes: true,
    attributeFilter: ["data-test-script-state", "data-stale", "d"],
  });
})();
