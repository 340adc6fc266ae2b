// The model in TFLite Micro behind the call of the compiled one, for a project that has TFLite Micro already.
#include "tensorflow/lite/micro/micro_interpreter.h"
#include "tensorflow/lite/schema/schema_generated.h"

#include "app.h"
#include APP_OPS_HEADER

#include <string.h>

// Returns 0, or 1 where the resolver lacks an operator, 2 where the arena is too small, 3 where the model fails.
extern "C" int tkd_tflm_invoke(const int8_t *in, int8_t *out) {
  alignas(16) static uint8_t arena[APP_ARENA_BYTES];
  const auto *resolver = APP_OP_RESOLVER();
  if (resolver == nullptr) return 1;
  static tflite::MicroInterpreter interpreter(tflite::GetModel(APP_MODEL), *resolver, arena, sizeof arena);
  static const TfLiteStatus allocated = interpreter.AllocateTensors();
  if (allocated != kTfLiteOk) return 2;
  memcpy(interpreter.input(0)->data.int8, in, interpreter.input(0)->bytes);
  if (interpreter.Invoke() != kTfLiteOk) return 3;
  memcpy(out, interpreter.output(0)->data.int8, interpreter.output(0)->bytes);
  return 0;
}
