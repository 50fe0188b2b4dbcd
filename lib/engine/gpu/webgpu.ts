/**
 * The parts of WebGPU that the device's thread uses, under the standard's names (https://www.w3.org/TR/webgpu/). The standard
 * library's types for browsers have them too, with all else that Node has not.
 */

/** `navigator.gpu`, or what the package webgpu creates. */
export interface GPU {
  requestAdapter(options?: { powerPreference?: "high-performance" }): Promise<GPUAdapter | null>;
}

export interface GPUAdapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string };
  readonly limits: GPULimits;
  requestDevice(options: { requiredLimits: Record<string, number> }): Promise<GPUDevice>;
}

export interface GPULimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

export interface GPUDevice {
  readonly queue: GPUQueue;
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  createBuffer(options: { size: number; usage: number }): GPUBuffer;
  createShaderModule(options: { code: string }): object;
  createComputePipeline(options: { layout: "auto"; compute: { module: object } }): GPUComputePipeline;
  createBindGroup(options: {
    layout: object;
    entries: readonly { binding: number; resource: { buffer: GPUBuffer } }[];
  }): object;
  createCommandEncoder(): GPUCommandEncoder;
  pushErrorScope(kind: "validation" | "out-of-memory" | "internal"): void;
  popErrorScope(): Promise<{ readonly message: string } | null>;
  destroy(): void;
}

export interface GPUQueue {
  writeBuffer(buffer: GPUBuffer, at: number, numbers: Float32Array): void;
  submit(buffers: readonly object[]): void;
}

export interface GPUBuffer {
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
  destroy(): void;
}

export interface GPUComputePipeline {
  getBindGroupLayout(index: number): object;
}

export interface GPUCommandEncoder {
  beginComputePass(): GPUComputePass;
  copyBufferToBuffer(from: GPUBuffer, fromAt: number, to: GPUBuffer, toAt: number, bytes: number): void;
  finish(): object;
}

export interface GPUComputePass {
  setPipeline(pipeline: GPUComputePipeline): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
}
