// Whether this browser can draw the tiled map, asked once, before any map: `window.atlasWebgl()` says "none", "software"
// (a program stands in for the graphics card), or "hardware".
// A map drawn by software is drawn without smoothed edges and without keeping its last picture: both cost a program as
// much again as the map itself, and a graphics card nothing.
(() => {
  const own = HTMLCanvasElement.prototype.getContext;
  const PROGRAMS = /swiftshader|llvmpipe|softpipe|basic render|software/i;
  let answer = null;

  function ask() {
    let gl = null;
    try {
      gl = own.call(document.createElement("canvas"), "webgl2", { antialias: false, depth: false });
      if (!gl) return "none";
      const more = gl.getExtension("WEBGL_debug_renderer_info");
      const name = String(gl.getParameter(more ? more.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
      return PROGRAMS.test(name) ? "software" : "hardware";
    } catch (fault) {
      return "none";
    } finally {
      if (gl) gl.getExtension("WEBGL_lose_context")?.loseContext();
    }
  }

  window.atlasWebgl = () => {
    answer = answer || ask();
    return answer;
  };

  HTMLCanvasElement.prototype.getContext = function (kind, given) {
    const isFlat = kind !== "webgl2" && kind !== "webgl";
    const asked = isFlat || window.atlasWebgl() !== "software"
      ? given
      : { ...given, antialias: false, preserveDrawingBuffer: false };
    return own.call(this, kind, asked);
  };
})();
