/* A libnvidia-ml.so.1 for machines without a GPU: as much of NVML as joulecard asks, driven by the environment.
 *
 *   STUB_NVML_DEVICES   how many GPUs there are (2)
 *   STUB_NVML_NAMES     their names, separated by commas; the last one is that of all others ("Stub GPU")
 *   STUB_NVML_MW        what each draws, in milliwatts (250000)
 *   STUB_NVML_INIT      what nvmlInit answers (0)
 *   STUB_NVML_SLEEP     how many milliseconds it takes for that (0)
 *   STUB_NVML_ENERGY    what the energy counter answers instead of a count (0: a count; 3: not supported)
 *   STUB_NVML_POWER     the same for the power
 *   STUB_NVML_LOG       a file to which each number that is given out is appended: "energy 0 1000250" or "power 0 250000"
 *   STUB_NVML_CONTROL   a file whose first word changes what all GPUs do from then on: "lost" (error 15), "reset" (the
 *                       counter starts again at 0), "hang" (an hour without an answer), or "error N"; a file that
 *                       does not exist changes nothing
 *
 * A MIG instance has the UUID MIG-stub-N, where N is the place of its GPU.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int nvmlReturn_t;
typedef void *nvmlDevice_t;
enum { OK = 0, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, GPU_IS_LOST = 15 };
enum { MIG_OFFSET = 1000 };

static const char *text(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value ? value : otherwise;
}

static unsigned devices(void) { return (unsigned)atoi(text("STUB_NVML_DEVICES", "2")); }

static unsigned milliwatts(void) { return (unsigned)atoi(text("STUB_NVML_MW", "250000")); }

static unsigned place_of(nvmlDevice_t device) { return (unsigned)((size_t)device - 1); }

static nvmlDevice_t handle_of(unsigned place) { return (nvmlDevice_t)(size_t)(place + 1); }

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

static void sleep_ms(int ms) {
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000L};
    nanosleep(&pause, NULL);
}

/* The answer that the control file asks for; *reset is set where the counter is to start again. */
static nvmlReturn_t controlled(int *reset) {
    const char *path = getenv("STUB_NVML_CONTROL");
    FILE *file = path ? fopen(path, "r") : NULL;
    char word[16] = "";
    int number = 0;
    if (!file) return OK;
    if (fscanf(file, "%15s %d", word, &number) < 1) word[0] = 0;
    fclose(file);
    *reset = !strcmp(word, "reset");
    if (!strcmp(word, "hang")) sleep_ms(3600000);
    return !strcmp(word, "lost") ? GPU_IS_LOST : !strcmp(word, "error") ? number : OK;
}

static void logged(const char *what, unsigned place, unsigned long long value) {
    const char *path = getenv("STUB_NVML_LOG");
    FILE *file = path ? fopen(path, "a") : NULL;
    if (!file) return;
    fprintf(file, "%s %u %llu\n", what, place, value);
    fclose(file);
}

nvmlReturn_t nvmlInitWithFlags(unsigned flags) {
    (void)flags;
    sleep_ms(atoi(text("STUB_NVML_SLEEP", "0")));
    return atoi(text("STUB_NVML_INIT", "0"));
}

nvmlReturn_t nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

nvmlReturn_t nvmlShutdown(void) { return OK; }

const char *nvmlErrorString(nvmlReturn_t code) {
    (void)code;
    return "an error of the stub";
}

nvmlReturn_t nvmlSystemGetDriverVersion(char *out, unsigned length) {
    snprintf(out, length, "999.0");
    return OK;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned *count) {
    *count = devices();
    return OK;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned place, nvmlDevice_t *device) {
    int reset = 0;
    *device = handle_of(place);
    return place < devices() ? controlled(&reset) : INVALID_ARGUMENT;
}

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device) {
    unsigned place;
    if (sscanf(uuid, "MIG-stub-%u", &place) != 1 || place >= devices()) return NOT_FOUND;
    *device = handle_of(place + MIG_OFFSET);
    return OK;
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t instance, nvmlDevice_t *device) {
    *device = handle_of(place_of(instance) - MIG_OFFSET);
    return OK;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *out, unsigned length) {
    const char *name = text("STUB_NVML_NAMES", "Stub GPU");
    for (unsigned place = place_of(device); place && strchr(name, ','); place--) name = strchr(name, ',') + 1;
    snprintf(out, length, "%.*s", (int)strcspn(name, ","), name);
    return OK;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *out, unsigned length) {
    snprintf(out, length, "GPU-%08x-0000-4000-8000-00000057ab00", 0xa0u + place_of(device));
    return OK;
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned *mw) {
    int reset = 0;
    nvmlReturn_t answer = controlled(&reset);
    if (!answer) answer = atoi(text("STUB_NVML_POWER", "0"));
    if (answer) return answer;
    *mw = milliwatts();
    logged("power", place_of(device), *mw);
    return OK;
}

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *mj) {
    int reset = 0;
    nvmlReturn_t answer = controlled(&reset);
    if (!answer) answer = atoi(text("STUB_NVML_ENERGY", "0"));
    if (answer) return answer;
    *mj = reset ? 0 : 1000000ULL + (unsigned long long)(now_s() * milliwatts());
    logged("energy", place_of(device), *mj);
    return OK;
}
