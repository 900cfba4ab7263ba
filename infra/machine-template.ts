import { Size } from 'aws-cdk-lib';
import {
  BlockDeviceVolume,
  EbsDeviceVolumeType,
  LaunchTemplate,
  LaunchTemplateHttpTokens,
  MultipartBody,
  MultipartUserData,
} from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/** Image, models and the media of a job, on machines without an instance store too. */
const ROOT_VOLUME = Size.gibibytes(200);

/** Spot gives two minutes; the worker checkpoints within 20 s of SIGTERM. */
const STOP_TIMEOUT_SECONDS = 90;

/** Where the worker keeps media: an instance store if the machine has one, else the root volume. */
export const SCRATCH_PATH = '/scratch';

/**
 * What a machine does when it boots. Each step stands alone, so that one that
 * fails does not keep the machine from taking jobs.
 */
const BOOT_SCRIPT = `#!/bin/bash
# A Spot machine that is called back stops its jobs instead of losing them.
cat >> /etc/ecs/ecs.config <<'CONFIG'
ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
ECS_CONTAINER_STOP_TIMEOUT=${STOP_TIMEOUT_SECONDS}s
CONFIG

# Containers on the host's network are not stopped by the hop limit: only root, which
# the ECS agent is and the worker is not, may ask for the machine's own credentials.
iptables --insert OUTPUT --destination 169.254.169.254 --match owner ! --uid-owner 0 --jump REJECT

# The instance store, if there is one: faster than the root volume, and free.
mkdir --parents ${SCRATCH_PATH}
disk=$(find /dev/disk/by-id -name 'nvme-Amazon_EC2_NVMe_Instance_Storage_*' | sort | head --lines 1)
if [ -n "$disk" ]; then
  mkfs.xfs -f "$disk" && mount --options nodev,nosuid "$disk" ${SCRATCH_PATH}
fi

# Every job may write here; what a killed one left behind goes after half a day.
echo 'd ${SCRATCH_PATH} 1777 root root 12h' > /etc/tmpfiles.d/scratch.conf
systemd-tmpfiles --create scratch.conf
`;

/** How the machines of both compute environments are made. */
export function createMachineTemplate(scope: Construct, id: string): LaunchTemplate {
  const userData = new MultipartUserData();
  userData.addPart(
    MultipartBody.fromRawBody({ contentType: 'text/x-shellscript', body: BOOT_SCRIPT }),
  );
  return new LaunchTemplate(scope, id, {
    userData,
    httpTokens: LaunchTemplateHttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1,
    blockDevices: [
      {
        deviceName: '/dev/xvda',
        volume: BlockDeviceVolume.ebs(ROOT_VOLUME.toGibibytes(), {
          encrypted: true,
          volumeType: EbsDeviceVolumeType.GP3,
          deleteOnTermination: true,
        }),
      },
    ],
  });
}
