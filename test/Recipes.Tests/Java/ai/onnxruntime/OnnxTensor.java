package ai.onnxruntime;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

public class OnnxTensor implements OnnxTensorLike {
    static int open;
    final Object numbers;
    final long[] shape;

    OnnxTensor(Object numbers, int count, long[] shape) {
        long expected = 1;
        for (long extent : shape) {
            expected *= extent;
        }
        if (expected != count) {
            throw new IllegalStateException(count + " numbers of " + expected);
        }
        this.numbers = numbers;
        this.shape = shape;
        open++;
    }

    public static OnnxTensor createTensor(OrtEnvironment environment, FloatBuffer data, long[] shape) throws OrtException {
        return new OnnxTensor(data, data.remaining(), shape);
    }

    public static OnnxTensor createTensor(OrtEnvironment environment, DoubleBuffer data, long[] shape) throws OrtException {
        return new OnnxTensor(data, data.remaining(), shape);
    }

    public static OnnxTensor createTensor(OrtEnvironment environment, IntBuffer data, long[] shape) throws OrtException {
        return new OnnxTensor(data, data.remaining(), shape);
    }

    public static OnnxTensor createTensor(OrtEnvironment environment, LongBuffer data, long[] shape) throws OrtException {
        return new OnnxTensor(data, data.remaining(), shape);
    }

    public static OnnxTensor createTensor(OrtEnvironment environment, ByteBuffer data, long[] shape, OnnxJavaType type)
            throws OrtException {
        return new OnnxTensor(data, data.remaining() / type.size, shape);
    }

    public ByteBuffer getByteBuffer() {
        return (ByteBuffer) numbers;
    }

    @Override
    public void close() {
        open--;
    }
}
