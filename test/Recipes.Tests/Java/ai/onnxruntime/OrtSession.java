package ai.onnxruntime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A graph that doubles: each output is twice the input by which its name begins. */
public class OrtSession implements AutoCloseable {
    public Result run(Map<String, ? extends OnnxTensorLike> inputs, Set<String> wanted) throws OrtException {
        Map<String, OnnxValue> results = new HashMap<>();
        for (String name : wanted) {
            for (Map.Entry<String, ? extends OnnxTensorLike> input : inputs.entrySet()) {
                if (!name.startsWith(input.getKey())) {
                    continue;
                }
                OnnxTensor tensor = (OnnxTensor) input.getValue();
                System.out.println("ran " + tensor.shape[0] + " rows");
                ByteBuffer bytes;
                if (tensor.numbers instanceof DoubleBuffer) {
                    DoubleBuffer from = ((DoubleBuffer) tensor.numbers).duplicate();
                    bytes = ByteBuffer.allocate(from.remaining() * 8).order(ByteOrder.nativeOrder());
                    while (from.hasRemaining()) {
                        bytes.putDouble(2 * from.get());
                    }
                } else if (tensor.numbers instanceof LongBuffer) {
                    LongBuffer from = ((LongBuffer) tensor.numbers).duplicate();
                    bytes = ByteBuffer.allocate(from.remaining() * 8).order(ByteOrder.nativeOrder());
                    while (from.hasRemaining()) {
                        bytes.putLong(2 * from.get());
                    }
                } else {
                    IntBuffer from = ((IntBuffer) tensor.numbers).duplicate();
                    bytes = ByteBuffer.allocate(from.remaining() * 4).order(ByteOrder.nativeOrder());
                    while (from.hasRemaining()) {
                        bytes.putInt(2 * from.get());
                    }
                }
                bytes.rewind();
                // As ONNX Runtime gives them: in the order of bytes that Java has by itself.
                bytes.order(ByteOrder.BIG_ENDIAN);
                long count = 1;
                for (long extent : tensor.shape) {
                    count *= extent;
                }
                results.put(name, new OnnxTensor(bytes, (int) count, tensor.shape));
            }
        }
        return new Result(results);
    }

    @Override
    public void close() throws OrtException {
        System.out.println("closed; tensors left open: " + OnnxTensor.open);
    }

    public static class SessionOptions implements AutoCloseable {
        int threads;

        public void setIntraOpNumThreads(int count) throws OrtException {
            threads = count;
        }

        public void setInterOpNumThreads(int count) throws OrtException {
        }

        @Override
        public void close() {
        }
    }

    public static class Result implements AutoCloseable {
        private final Map<String, OnnxValue> values;

        Result(Map<String, OnnxValue> values) {
            this.values = values;
        }

        public Optional<OnnxValue> get(String name) {
            return Optional.ofNullable(values.get(name));
        }

        @Override
        public void close() {
            values.values().forEach(OnnxValue::close);
        }
    }
}
