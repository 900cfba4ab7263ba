import type { HealthResponse, HealthStatus } from '#contracts/service.ts';
import { type ServiceModels, slotsOf } from './models.ts';
import type { ServiceDependencies } from './service-context.ts';

/** How the service is; 503 tells a load balancer to send nothing more. */
export function readHealth({
  environment,
  compute,
  models,
  gpu,
  metrics,
  drain,
}: Pick<ServiceDependencies, 'environment' | 'compute' | 'models' | 'gpu' | 'metrics' | 'drain'>): {
  health: HealthResponse;
  httpStatus: 200 | 503;
} {
  const status = drain.isDraining() ? 'draining' : modelStatus(models);
  return {
    health: {
      status,
      uptime_seconds: Math.round(process.uptime() * 1000) / 1000,
      processed_files: metrics.processedFiles(),
      gpu_available: gpu.isAvailable(),
      model_loaded: modelStatus(models) === 'ok',
      model_name: environment.VIDEO_MODEL ?? null,
      device: compute.device,
      cpu_fallback: compute.warnings.some(({ code }) => code === 'RAN_ON_CPU'),
      gpu: compute.gpu
        ? {
            name: compute.gpu.name,
            driver: compute.gpu.driver,
            memory_total_mib: compute.gpu.memoryMib ?? null,
            compute_capability: compute.gpu.computeCapability ?? null,
          }
        : null,
    },
    httpStatus: status === 'draining' ? 503 : 200,
  };
}

function modelStatus(models: ServiceModels): Exclude<HealthStatus, 'draining'> {
  const states = slotsOf(models).map((slot) => slot.state());
  if (states.includes('failed')) {
    return 'degraded';
  }
  return states.includes('loading') ? 'loading' : 'ok';
}
