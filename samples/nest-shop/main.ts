/** An online shop with NestJS, TypeORM and class-validator: `node dist/samples/nest-shop/main.js [FILE] [PORT]`. */
import 'reflect-metadata';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DurableExceptionFilter } from 'durable-entities/nestjs';
import { AppModule } from './app.module.js';

const [file = 'nest-shop.db', port = '3000'] = process.argv.slice(2);

// #region main
const app = await NestFactory.create(AppModule.on(file), { logger: ['warn', 'error'] });
app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true }));
app.useGlobalFilters(new DurableExceptionFilter(app.getHttpAdapter()));
app.enableShutdownHooks();
await app.listen(Number(port), '127.0.0.1');
console.log(`The shop is open at ${await app.getUrl()}`);
// #endregion
