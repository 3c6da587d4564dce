/* A libnvidia-ml.so.1 for machines without a GPU: as much of NVML as joulecard asks, driven by the environment.
 *
 *   STUB_NVML_DEVICES   how many GPUs there are (2)
 *   STUB_NVML_HIDDEN    the places of GPUs that this user may not open, e.g. "02" (none)
 *   STUB_NVML_NAMES     their names, separated by commas; the last one is that of all others ("Stub GPU")
 *   STUB_NVML_MW        what each draws, in milliwatts (250000)
 *   STUB_NVML_INIT      what nvmlInit answers (0)
 *   STUB_NVML_SLEEP     how many milliseconds it takes for that (0)
 *   STUB_NVML_ENERGY    what the energy counter answers instead of a count (0: a count; 3: not supported)
 *   STUB_NVML_POWER     the same for the power
 *   STUB_NVML_FIELDS    which power fields there are, for the scope of the GPU ("average,instant")
 *   STUB_NVML_MODULE_MW what these fields say for the scope of the module (not supported)
 *   STUB_NVML_BUSY      how busy each GPU is, in per cent (not supported)
 *   STUB_NVML_LIMIT_MW, STUB_NVML_CLOCK_MHZ, STUB_NVML_CELSIUS
 *                       enforced power limit, highest SM clock and temperature (not supported)
 *   STUB_NVML_MIG       the slices of the MIG instances of each GPU, e.g. "3,2" (MIG is off, no slices are told)
 *   STUB_NVML_WHOLE     the slices of a whole GPU (7)
 *   STUB_NVML_COMPUTING, STUB_NVML_DRAWING
 *                       the processes on each GPU, separated by commas (none; "3": not supported)
 *   STUB_NVML_ENDED     a file that is made when the library is ended (none)
 *   STUB_NVML_LIE       by how much the counter runs too fast for all threads but the first one of a process (1)
 *   STUB_NVML_LOG       a file to which each number that is given out is appended: "energy 0 1000250" or "power 0 250000"
 *   STUB_NVML_CONTROL   a file whose first word changes what all GPUs do from then on: "lost" (error 15), "still" (the
 *                       counters stop), "reload" (nothing works until nvmlInit is called again, and the counters begin
 *                       at 0), "hang" (an hour without an answer), or "error N"; a file that does not exist, or says
 *                       anything else, changes nothing
 *
 * A MIG instance has the UUID MIG-stub-N or MIG-stub-N-K: the one at place K (0) of the GPU at place N.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef int nvmlReturn_t;
typedef void *nvmlDevice_t;
enum { OK = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NO_PERMISSION = 4, NOT_FOUND = 6 };
enum { INSUFFICIENT_SIZE = 7, GPU_IS_LOST = 15 };
enum { MIG_OFFSET = 1000, MIG_STEP = 100 };
enum { POWER_AVERAGE = 185, SCOPE_MODULE = 1, UNSIGNED_INT = 1 };

static unsigned inits, inits_at_reload;
static double reload_s, still_s;

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

/* The answer that the control file asks for. */
static nvmlReturn_t controlled(void) {
    const char *path = getenv("STUB_NVML_CONTROL");
    FILE *file = path ? fopen(path, "r") : NULL;
    char word[16] = "";
    int number = 0;
    if (!file) return OK;
    if (fscanf(file, "%15s %d", word, &number) < 1) word[0] = 0;
    fclose(file);
    if (!strcmp(word, "hang")) sleep_ms(3600000);
    if (!strcmp(word, "still") && !still_s) still_s = now_s();
    if (!strcmp(word, "reload") && !reload_s) reload_s = now_s(), inits_at_reload = inits;
    if (reload_s && inits == inits_at_reload) return UNINITIALIZED;
    return !strcmp(word, "lost") ? GPU_IS_LOST : !strcmp(word, "error") ? number : OK;
}

/* A number from the environment; NOT_SUPPORTED where it is not there. */
static nvmlReturn_t told(const char *name, unsigned *value) {
    nvmlReturn_t answer = controlled();
    if (answer || !getenv(name)) return answer ? answer : NOT_SUPPORTED;
    *value = (unsigned)atoi(getenv(name));
    return OK;
}

/* The number at some place of a list from the environment; 0 where there is none. */
static unsigned listed(const char *name, unsigned place) {
    const char *list = text(name, "");
    for (; place && *list; place--) list = strchr(list, ',') ? strchr(list, ',') + 1 : "";
    return (unsigned)atoi(list);
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
    inits++;
    sleep_ms(atoi(text("STUB_NVML_SLEEP", "0")));
    return atoi(text("STUB_NVML_INIT", "0"));
}

nvmlReturn_t nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

nvmlReturn_t nvmlShutdown(void) {
    const char *ended = getenv("STUB_NVML_ENDED");
    FILE *file = ended ? fopen(ended, "w") : NULL;
    if (file) fclose(file);
    return OK;
}

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
    *device = handle_of(place);
    if (strchr(text("STUB_NVML_HIDDEN", ""), '0' + (int)place)) return NO_PERMISSION;
    return place < devices() ? controlled() : INVALID_ARGUMENT;
}

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device) {
    unsigned place, number = 0;
    if (sscanf(uuid, "MIG-stub-%u-%u", &place, &number) >= 1 && place < devices()) {
        *device = handle_of(place + MIG_OFFSET + number * MIG_STEP);
        return OK;
    }
    if (sscanf(uuid, "GPU-%08x-", &place) != 1 || place - 0xa0u >= devices()) return NOT_FOUND;
    *device = handle_of(place - 0xa0u);
    return controlled();
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t instance, nvmlDevice_t *device) {
    *device = handle_of((place_of(instance) - MIG_OFFSET) % MIG_STEP);
    return OK;
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned *current, unsigned *pending) {
    (void)device;
    *current = *pending = getenv("STUB_NVML_MIG") != NULL;
    return OK;
}

nvmlReturn_t nvmlDeviceGetMaxMigDeviceCount(nvmlDevice_t device, unsigned *count) {
    (void)device;
    *count = 7;
    return OK;
}

nvmlReturn_t nvmlDeviceGetMigDeviceHandleByIndex(nvmlDevice_t device, unsigned number, nvmlDevice_t *instance) {
    *instance = handle_of(place_of(device) + MIG_OFFSET + number * MIG_STEP);
    return listed("STUB_NVML_MIG", number) ? OK : NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetAttributes_v2(nvmlDevice_t instance, unsigned *attributes) {
    unsigned slices = listed("STUB_NVML_MIG", (place_of(instance) - MIG_OFFSET) / MIG_STEP);
    attributes[6] = attributes[7] = slices; /* of the GPU instance and of its compute instance */
    return slices ? OK : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetGpuInstanceProfileInfoV(nvmlDevice_t device, unsigned profile, unsigned *info) {
    (void)device;
    info[3] = (unsigned)atoi(text("STUB_NVML_WHOLE", "7"));
    return profile == (info[3] == 4 ? 3 : 4) ? OK : NOT_SUPPORTED;
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
    nvmlReturn_t answer = controlled();
    if (!answer) answer = atoi(text("STUB_NVML_POWER", "0"));
    if (answer) return answer;
    *mw = milliwatts();
    logged("power", place_of(device), *mw);
    return OK;
}

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *mj) {
    nvmlReturn_t answer = controlled();
    double until_s = still_s ? still_s : now_s();
    double factor = gettid() == getpid() ? 1 : atof(text("STUB_NVML_LIE", "1"));
    if (!answer) answer = atoi(text("STUB_NVML_ENERGY", "0"));
    if (answer) return answer;
    *mj = (reload_s ? 0 : 1000000ULL) + (unsigned long long)((until_s - reload_s) * milliwatts() * factor);
    logged("energy", place_of(device), *mj);
    return OK;
}

typedef struct {
    unsigned field, scope;
    long long timestamp, latency;
    unsigned type, answer;
    union {
        unsigned number;
        unsigned long long large;
    } value;
} nvmlFieldValue_t;

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *values) {
    nvmlReturn_t answer = controlled();
    if (answer) return answer;
    for (nvmlFieldValue_t *value = values; value < values + count; value++) {
        const char *name = value->field == POWER_AVERAGE ? "average" : "instant";
        value->type = UNSIGNED_INT;
        value->value.number = milliwatts();
        value->answer = (unsigned)atoi(text("STUB_NVML_POWER", "0"));
        if (value->scope == SCOPE_MODULE) value->answer = (unsigned)told("STUB_NVML_MODULE_MW", &value->value.number);
        if (!strstr(text("STUB_NVML_FIELDS", "average,instant"), name)) value->answer = NOT_SUPPORTED;
        if (!value->answer) logged(name, place_of(device), value->value.number);
    }
    return OK;
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, unsigned *rates) {
    nvmlReturn_t answer = told("STUB_NVML_BUSY", rates);
    if (!answer) logged("busy", place_of(device), *rates);
    return answer;
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned *mw) {
    (void)device;
    return told("STUB_NVML_LIMIT_MW", mw);
}

nvmlReturn_t nvmlDeviceGetMaxClockInfo(nvmlDevice_t device, unsigned type, unsigned *mhz) {
    (void)device;
    return type == 1 ? told("STUB_NVML_CLOCK_MHZ", mhz) : NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned sensor, unsigned *celsius) {
    (void)device;
    return sensor == 0 ? told("STUB_NVML_CELSIUS", celsius) : NOT_SUPPORTED;
}

typedef struct {
    unsigned pid;
    unsigned long long bytes;
    unsigned gpu_instance, compute_instance;
} nvmlProcessInfo_t;

static nvmlReturn_t processes(const char *name, unsigned *count, nvmlProcessInfo_t *infos) {
    unsigned room = *count, found = 0;
    nvmlReturn_t answer = controlled();
    if (!answer && !strcmp(text(name, ""), "3")) answer = NOT_SUPPORTED;
    if (answer) return answer;
    while (listed(name, found)) found++;
    *count = found;
    if (found > room) return INSUFFICIENT_SIZE;
    for (unsigned place = 0; place < found; place++) infos[place] = (nvmlProcessInfo_t){.pid = listed(name, place)};
    return OK;
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_t *infos) {
    (void)device;
    return processes("STUB_NVML_COMPUTING", count, infos);
}

nvmlReturn_t nvmlDeviceGetGraphicsRunningProcesses_v3(nvmlDevice_t device, unsigned *count, nvmlProcessInfo_t *infos) {
    (void)device;
    return processes("STUB_NVML_DRAWING", count, infos);
}
