using Microsoft.ML.Introspection.Onnx;
using Microsoft.ML.Introspection.Runtime;
using Microsoft.ML.Introspection.Tests.Support;

namespace Microsoft.ML.Introspection.Tests.Runtime;

[TestClass]
public sealed class ChoosingDevices
{
    // No machine has so many.
    private const int Missing = 999;

    [TestMethod]
    public void The_processor_is_the_default()
    {
        using var session = new ModelSession(RunningModels.Doubling());
        Assert.AreEqual(Device.Cpu, session.Device);
        Assert.IsNull(session.Device.CudaDevice);
        Assert.AreEqual("CPU", session.Device.ToString());
    }

    [TestMethod]
    public void A_device_that_cannot_be_had_is_an_error()
    {
        var error = Assert.ThrowsExactly<DeviceException>(() =>
            new ModelSession(RunningModels.Doubling(), new RuntimeOptions { Device = Device.Cuda(Missing) }));
        StringAssert.Contains(error.Message, "CUDA device 999 cannot be used");
        StringAssert.Contains(error.Message, "Microsoft.ML.OnnxRuntime.Gpu");
        StringAssert.Contains(error.Message, "allow falling back to the CPU");
    }

    [TestMethod]
    public void Falling_back_is_told_and_works()
    {
        var told = new List<string>();
        var options = new RuntimeOptions { Device = Device.Cuda(Missing), FallBackToCpu = true, Log = told.Add };
        using var session = new ModelSession(RunningModels.Doubling(), options);
        Assert.AreEqual(Device.Cpu, session.Device);
        Assert.HasCount(1, told);
        StringAssert.Contains(told[0], "CUDA device 999 cannot be used");
        StringAssert.Contains(told[0], "running on the CPU");
        var x = Samples.Floats(2, 3);
        Assert.AreEqual(2 * x.ToDouble()[0], session.Run(new Dictionary<string, Tensor> { ["x"] = x })["y"].ToDouble()[0]);
    }

    [TestMethod]
    public void Nothing_is_told_where_nothing_is_different()
    {
        var told = new List<string>();
        using var session = new ModelSession(RunningModels.Doubling(), new RuntimeOptions { FallBackToCpu = true, Log = told.Add });
        Assert.IsEmpty(told);
    }

    [TestMethod]
    public void The_first_device_gives_what_the_processor_gives_or_is_refused()
    {
        var arrays = References.Arrays("cnn_digits");
        ModelSession session;
        try
        {
            session = new ModelSession(OnnxModel.Load(References.ModelFile("cnn_digits")), new RuntimeOptions { Device = Device.Cuda() });
        }
        catch (DeviceException refused)
        {
            StringAssert.Contains(refused.Message, "CUDA device 0 cannot be used");
            return;
        }
        using (session)
        {
            Assert.AreEqual(Device.Cuda(), session.Device);
            TensorAssert.AreClose(arrays["logits"], session.Run(new Dictionary<string, Tensor> { ["input"] = arrays["input"] })["logits"],
                1e-2);
        }
    }
}
